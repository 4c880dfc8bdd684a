// One state, one selection: every panel reads it here and hears of changes here.

export type Theme = "auto" | "light" | "dark";
export type SortColumn = "name" | "label" | "token" | "layer" | "value" | "activation" | "influence";

export interface State {
  /** Key of the pinned node or group, "" for none. */
  readonly selected: string;
  /** Key of the node under the pointer; never part of the address. */
  readonly hovered: string;
  /** Keys of nodes that a row outside the graph points at; never part of the address. */
  readonly lit: readonly string[];
  /** Index of the pinned path, -1 for none. */
  readonly path: number;
  readonly hoveredPath: number;
  /** Keys of nodes that were gathered into a subgraph, in order. */
  readonly pins: readonly string[];
  /** What the subgraph is called. */
  readonly pinsName: string;
  /** Whether all but the subgraph steps back. */
  readonly onlyPins: boolean;
  /** Nodes of less influence are hidden, token and logit nodes excepted. */
  readonly minInfluence: number;
  /** Whether constants of the model are drawn; most of them drive every node, which tells little. */
  readonly biases: boolean;
  /** Groups drawn as their members. */
  readonly expanded: ReadonlySet<string>;
  readonly query: string;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly zoom: number;
  readonly theme: Theme;
}

export const INITIAL: State = {
  selected: "",
  hovered: "",
  lit: [],
  path: -1,
  hoveredPath: -1,
  pins: [],
  pinsName: "",
  onlyPins: false,
  minInfluence: 0,
  biases: false,
  expanded: new Set(),
  query: "",
  sort: "influence",
  descending: true,
  zoom: 1,
  theme: "auto",
};

export class Store {
  private current: State;
  private readonly listeners: { keys: readonly (keyof State)[]; run: () => void }[] = [];

  constructor(initial: State) {
    this.current = initial;
  }

  get state(): State {
    return this.current;
  }

  /** Runs now, and again whenever one of the keys has changed. */
  watch(keys: readonly (keyof State)[], run: () => void): void {
    this.listeners.push({ keys, run });
    run();
  }

  update(change: Partial<State>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    const changed = (Object.keys(change) as (keyof State)[]).filter((key) => before[key] !== this.current[key]);
    if (changed.length === 0) return;
    for (const { keys, run } of this.listeners) {
      if (keys.some((key) => changed.includes(key))) run();
    }
  }

  /** Pins a node, or lets go of it when it was pinned already. */
  toggle(key: string): void {
    this.update({ selected: this.current.selected === key ? "" : key, path: -1 });
  }

  /** Puts a node into the subgraph, or takes it out. */
  togglePin(key: string): void {
    const { pins } = this.current;
    const kept = pins.filter((each) => each !== key);
    const now = kept.length < pins.length ? kept : [...pins, key];
    this.update({ pins: now, ...(now.length === 0 ? { onlyPins: false } : {}) });
  }

  select(key: string): void {
    this.update({ selected: key, path: -1 });
  }
}

// The address is the state: what can be seen can be linked to. Only what differs from the initial state is written.
import { INITIAL, type SortColumn, type State, type Store, type Theme } from "./store";

const COLUMNS: readonly SortColumn[] = ["name", "label", "token", "layer", "value", "activation", "influence"];
const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function toHash(state: State): string {
  const fields = new URLSearchParams();
  if (state.selected !== "") fields.set("node", state.selected);
  if (state.path >= 0) fields.set("path", String(state.path));
  if (state.minInfluence > 0) fields.set("min", state.minInfluence.toPrecision(4));
  if (state.pins.length > 0) fields.set("pins", state.pins.join(" "));
  if (state.pinsName !== "") fields.set("name", state.pinsName);
  if (state.onlyPins) fields.set("only", "1");
  if (state.biases) fields.set("biases", "1");
  if (state.expanded.size > 0) fields.set("open", [...state.expanded].sort().join(" "));
  if (state.query !== "") fields.set("find", state.query);
  if (state.sort !== INITIAL.sort || !state.descending) fields.set("sort", (state.descending ? "-" : "") + state.sort);
  if (state.zoom !== 1) fields.set("zoom", String(state.zoom));
  if (state.theme !== "auto") fields.set("theme", state.theme);
  return fields.toString();
}

export function fromHash(hash: string): Partial<State> {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (name: string, otherwise: number, low: number, high: number): number => {
    const value = Number.parseFloat(fields.get(name) ?? "");
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
  };
  const sort = fields.get("sort") ?? "-influence";
  const column = COLUMNS.find((name) => name === sort.replace(/^-/, "")) ?? INITIAL.sort;
  return {
    selected: fields.get("node") ?? "",
    path: Math.trunc(number("path", -1, -1, 1e6)),
    minInfluence: number("min", 0, 0, 1),
    pins: [...new Set((fields.get("pins") ?? "").split(" ").filter((key) => key !== ""))],
    pinsName: fields.get("name") ?? "",
    onlyPins: fields.get("only") === "1",
    biases: fields.get("biases") === "1",
    expanded: new Set((fields.get("open") ?? "").split(" ").filter((id) => id !== "")),
    query: fields.get("find") ?? "",
    sort: column,
    descending: sort.startsWith("-"),
    zoom: number("zoom", 1, 0.4, 2.5),
    theme: THEMES.find((name) => name === fields.get("theme")) ?? "auto",
  };
}

/** Keeps address and state equal, both ways. Typing and sliding replace the entry; a selection adds one, so Back undoes it. */
export function bindAddress(store: Store, isKnown: (key: string) => boolean): void {
  const read = (): void => {
    const change = fromHash(location.hash);
    store.update(isKnown(change.selected ?? "") ? change : { ...change, selected: "" });
  };
  let ready = false;
  let selected = "";
  read();
  store.watch(["selected", "path", "pins", "pinsName", "onlyPins", "minInfluence", "biases", "expanded", "query", "sort", "descending", "zoom", "theme"], () => {
    const hash = toHash(store.state);
    const moved = store.state.selected !== selected;
    selected = store.state.selected;
    if (!ready || hash === toHash({ ...INITIAL, ...fromHash(location.hash) })) return;
    if (moved) location.hash = hash;
    else history.replaceState(null, "", hash === "" ? location.pathname + location.search : `#${hash}`);
  });
  ready = true;
  addEventListener("hashchange", read);
}

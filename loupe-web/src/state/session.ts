// What every panel is given: the trace, the state, and the graph as the state wants it seen.
import type { Trace } from "../api/trace";
import { GraphView } from "./graph";
import type { Store } from "./store";

export class Session {
  private seen: { expanded: ReadonlySet<string>; view: GraphView } | null = null;

  constructor(
    readonly trace: Trace,
    readonly store: Store,
  ) {}

  /** The graph with the groups as the state has them; the same object until a group opens or closes. */
  get view(): GraphView {
    const { expanded } = this.store.state;
    if (this.seen?.expanded !== expanded) this.seen = { expanded, view: new GraphView(this.trace, expanded) };
    return this.seen.view;
  }

  openGroup(id: string, open: boolean): void {
    const expanded = new Set(this.store.state.expanded);
    if (open) expanded.add(id);
    else expanded.delete(id);
    this.store.update({ expanded });
  }
}

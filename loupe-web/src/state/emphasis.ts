// Which nodes and edges stand out: those of the path in question, else those around the node in question.
import { passes, type GraphView, type ViewEdge, type ViewNode } from "./graph";
import { matches } from "./search";
import type { Session } from "./session";

export interface Emphasis {
  /** Edges that stand out, null when no node or path is in question. */
  readonly edges: ReadonlySet<ViewEdge> | null;
  /** Nodes that stand out, with the sign of the edge that joins them to the node in question (0 for that node itself). */
  readonly nodes: ReadonlyMap<string, number>;
}

export function emphasis({ trace, view, store }: Session): Emphasis {
  const { hovered, selected, hoveredPath, path } = store.state;
  const shownPath = hovered === "" ? trace.paths?.[hoveredPath >= 0 ? hoveredPath : path] : undefined;
  if (shownPath !== undefined) return alongPath(view, shownPath.nodes);
  const focus = view.find(hovered === "" ? selected : hovered);
  return focus === undefined ? { edges: null, nodes: new Map() } : around(view, focus);
}

function around(view: GraphView, focus: ViewNode): Emphasis {
  const edges = new Set([...view.inputs(focus.key), ...view.outputs(focus.key)]);
  const nodes = new Map([[focus.key, 0]]);
  for (const edge of edges) {
    const other = edge.source === focus ? edge.target : edge.source;
    nodes.set(other.key, Math.sign(edge.weight));
  }
  return { edges, nodes };
}

function alongPath(view: GraphView, ids: readonly number[]): Emphasis {
  const edges = new Set<ViewEdge>();
  const nodes = new Map<string, number>();
  let before: ViewNode | undefined;
  for (const id of ids) {
    const node = view.standIn(id);
    if (node === undefined) continue;
    const edge = before === undefined ? undefined : view.inputs(node.key).find(({ source }) => source === before);
    if (edge !== undefined) edges.add(edge);
    nodes.set(node.key, edge === undefined ? 0 : Math.sign(edge.weight));
    before = node;
  }
  return { edges, nodes };
}

/** Nodes that the influence filter leaves, in the trace's order; what is pinned always stays. */
export function shown({ view, store }: Session): readonly ViewNode[] {
  const { minInfluence, selected } = store.state;
  const pinned = view.find(selected);
  return view.nodes.filter((node) => node === pinned || passes(node, minInfluence));
}

/** Nodes that filter and search leave. */
export function listed(session: Session): readonly ViewNode[] {
  const { query } = session.store.state;
  return shown(session).filter((node) => matches(session.trace, node, query));
}

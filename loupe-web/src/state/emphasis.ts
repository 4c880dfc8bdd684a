// Which nodes and edges stand out: those of the path in question, else those around the node in question.
import { groupKey, isBias, passes, type GraphView, type ViewEdge, type ViewNode } from "./graph";
import { matches } from "./search";
import type { Session } from "./session";

export interface Emphasis {
  /** Edges that stand out, null when no node or path is in question. */
  readonly edges: ReadonlySet<ViewEdge> | null;
  /** Nodes that stand out, with the sign of the edge that joins them to the node in question (0 for that node itself). */
  readonly nodes: ReadonlyMap<string, number>;
}

export function emphasis({ trace, view, store }: Session): Emphasis {
  const { hovered, selected, hoveredPath, path, onlyPins } = store.state;
  const shownPath = hovered === "" ? trace.paths?.[hoveredPath >= 0 ? hoveredPath : path] : undefined;
  if (shownPath !== undefined) return alongPath(view, shownPath.nodes);
  const focus = view.find(hovered === "" ? selected : hovered);
  if (focus === undefined && onlyPins) return among(view, pinned({ view, trace, store }));
  return focus === undefined ? { edges: null, nodes: new Map() } : around(view, focus);
}

/** The nodes of the subgraph as they are drawn; a group that was unfolded since stands for its members. */
export function pinned({ view, trace, store }: Pick<Session, "view" | "trace" | "store">): readonly ViewNode[] {
  const members = (key: string): readonly ViewNode[] => (trace.groups ?? []).filter(({ id }) => groupKey(id) === key).flatMap((group) => group.members.flatMap((id) => view.standIn(id) ?? []));
  return [...new Set(store.state.pins.flatMap((key) => view.find(key) ?? members(key)))];
}

/** Nodes with the edges between them. */
function among(view: GraphView, nodes: readonly ViewNode[]): Emphasis {
  const kept = new Set(nodes);
  const edges = nodes.flatMap((node) => view.inputs(node.key).filter(({ source }) => kept.has(source)));
  return { edges: new Set(edges), nodes: new Map(nodes.map(({ key }) => [key, 0])) };
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

/** Nodes that can be shown: all, without the biases where they are hidden. */
export function drawable({ view, store }: Session): readonly ViewNode[] {
  const { biases, selected } = store.state;
  const chosen = view.find(selected);
  return biases ? view.nodes : view.nodes.filter((node) => node === chosen || !isBias(node.kind));
}

/** Nodes that the influence filter leaves, in the trace's order; what is selected or pinned always stays. */
export function shown(session: Session): readonly ViewNode[] {
  const { minInfluence, selected } = session.store.state;
  const chosen = session.view.find(selected);
  const kept = new Set(pinned(session));
  return drawable(session).filter((node) => node === chosen || kept.has(node) || passes(node, minInfluence));
}

/** Nodes that filter and search leave. */
export function listed(session: Session): readonly ViewNode[] {
  const { query } = session.store.state;
  return shown(session).filter((node) => matches(session.trace, node, query));
}

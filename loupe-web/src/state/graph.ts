// The graph as it is looked at: nodes of the trace, with each collapsed group drawn as one node and its edges added up.
import type { NodeKind, Trace, TraceEdge, TraceGroup, TraceNode } from "../api/trace";

export type ViewKind = NodeKind | "group";

export interface ViewNode {
  /** The node's id as text; "g:" and the id for a group. */
  readonly key: string;
  readonly kind: ViewKind;
  readonly layer: number | null;
  readonly position: number | null;
  readonly influence: number;
  /** Whether it sums up units of a position that was held as a constant. */
  readonly held: boolean;
  /** The node of the trace; for a group, its most influential member. */
  readonly node: TraceNode;
  readonly members: readonly TraceNode[];
  readonly group: TraceGroup | null;
}

export interface ViewEdge {
  readonly source: ViewNode;
  readonly target: ViewNode;
  readonly weight: number;
  readonly share: number;
  /** share times how much the target matters: what the overview draws strongly. */
  readonly flow: number;
}

const strongestFirst = (a: ViewEdge, b: ViewEdge): number => b.share - a.share;

export class GraphView {
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly ViewEdge[];
  /** How much all explained logits weigh together. */
  private readonly explained: number;
  private readonly byKey = new Map<string, ViewNode>();
  private readonly keyOfNode = new Map<number, string>();
  private readonly into = new Map<string, ViewEdge[]>();
  private readonly outOf = new Map<string, ViewEdge[]>();

  constructor(trace: Trace, expanded: ReadonlySet<string>) {
    const byId = new Map(trace.nodes.map((node) => [node.id, node]));
    const nodes: ViewNode[] = [];
    const heldPositions = trace.settings?.heldPositions ?? 0;
    this.explained = trace.nodes.reduce((sum, { weight }) => sum + (weight ?? 0), 0) || 1;
    for (const group of trace.groups ?? []) {
      const members = group.members.flatMap((id) => byId.get(id) ?? []).sort((a, b) => influenceOf(b) - influenceOf(a));
      const [first] = members;
      if (first === undefined || expanded.has(group.id)) continue;
      const influence = members.reduce((sum, member) => sum + influenceOf(member), 0);
      const { layer, position } = group;
      nodes.push({ key: groupKey(group.id), kind: "group", layer, position, influence, held: false, node: first, members, group });
      for (const member of members) this.keyOfNode.set(member.id, groupKey(group.id));
    }
    for (const node of trace.nodes) {
      if (this.keyOfNode.has(node.id)) continue;
      const { kind, layer, position } = node;
      const key = String(node.id);
      const held = kind === "remainder" && position !== null && position < heldPositions;
      nodes.push({ key, kind, layer, position, influence: influenceOf(node), held, node, members: [node], group: null });
      this.keyOfNode.set(node.id, key);
    }
    this.nodes = nodes;
    for (const node of nodes) this.byKey.set(node.key, node);
    this.edges = this.merge(trace.edges);
    for (const edge of this.edges) {
      listOf(this.into, edge.target.key).push(edge);
      listOf(this.outOf, edge.source.key).push(edge);
    }
    for (const list of this.into.values()) list.sort(strongestFirst);
    for (const list of this.outOf.values()) list.sort((a, b) => b.flow - a.flow || strongestFirst(a, b));
  }

  /** The node drawn under this key; a member of a collapsed group is found as its group. */
  find(key: string): ViewNode | undefined {
    return this.byKey.get(key) ?? (/^\d+$/.test(key) ? this.standIn(Number(key)) : undefined);
  }

  /** The node that stands for a node of the trace. */
  standIn(id: number): ViewNode | undefined {
    return this.byKey.get(this.keyOfNode.get(id) ?? "");
  }

  /** Incoming edges, largest share first. */
  inputs(key: string): readonly ViewEdge[] {
    return this.into.get(key) ?? [];
  }

  /** Outgoing edges, those that matter most first. */
  outputs(key: string): readonly ViewEdge[] {
    return this.outOf.get(key) ?? [];
  }

  private merge(edges: readonly TraceEdge[]): ViewEdge[] {
    const sums = new Map<string, { source: ViewNode; target: ViewNode; weight: number; parts: TraceEdge[] }>();
    const absoluteInput = new Map<number, number>();
    for (const edge of edges) {
      // A remainder counts in shares by what it sums up, so its weight does not tell the target's absolute input.
      if (edge.share > 0 && this.standIn(edge.source)?.kind !== "remainder") absoluteInput.set(edge.target, Math.abs(edge.weight) / edge.share);
      const source = this.standIn(edge.source);
      const target = this.standIn(edge.target);
      if (source === undefined || target === undefined || source === target) continue;
      const pair = `${source.key} ${target.key}`;
      const sum = sums.get(pair) ?? { source, target, weight: 0, parts: [] };
      sum.weight += edge.weight;
      sum.parts.push(edge);
      sums.set(pair, sum);
    }
    return [...sums.values()].map(({ source, target, weight, parts }) => {
      const inputOf = (id: number): number => (target.kind === "group" ? (absoluteInput.get(id) ?? 0) : 1);
      const total = target.members.reduce((sum, member) => sum + inputOf(member.id), 0);
      const share = total > 0 ? parts.reduce((sum, part) => sum + part.share * inputOf(part.target), 0) / total : 0;
      return { source, target, weight, share, flow: share * this.mattering(target) };
    });
  }

  private mattering(target: ViewNode): number {
    return target.kind === "logit" ? (target.node.weight ?? target.node.probability ?? 1) / this.explained : target.influence;
  }
}

/** Whether it is one unit of the basis: a neuron, or a feature of a dictionary. */
export function isUnit(kind: ViewKind): boolean {
  return kind === "neuron" || kind === "feature";
}

export function isBias(kind: ViewKind): boolean {
  return kind.endsWith("Bias");
}

/** Whether a way down goes on from here, or ends at the prompt; sums and constants are where one stops. */
export function leadsOn(kind: ViewKind): boolean {
  return isUnit(kind) || kind === "group" || kind === "token";
}

/** What a unit of the trace's basis is called. */
export function unitName({ basis }: Trace): string {
  return basis === "neurons" ? "neuron" : "feature";
}

export function groupKey(id: string): string {
  return `g:${id}`;
}

export function influenceOf(node: TraceNode): number {
  const { influence } = node;
  return typeof influence === "number" && Number.isFinite(influence) ? influence : 0;
}

/** Whether the influence filter lets the node through; the ends of every path always stay. */
export function passes(node: ViewNode, minInfluence: number): boolean {
  return node.kind === "token" || node.kind === "logit" || node.influence >= minInfluence;
}

function listOf(lists: Map<string, ViewEdge[]>, key: string): ViewEdge[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

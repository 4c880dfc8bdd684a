// Search: every word of the query must be found in what the node says of itself.
import type { Trace } from "../api/trace";
import { kindName, nodeLabel, nodeName, tokenAt, unitAddress } from "../draw/text";
import type { ViewNode } from "./graph";

const texts = new WeakMap<ViewNode, string>();

export function matches(trace: Trace, node: ViewNode, query: string): boolean {
  if (query.trim() === "") return true;
  const text = textOf(trace, node);
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Name, label, token, kind, and the promoted and suppressed tokens of all members; a unit also as L12/873@4 inside a group. */
function textOf(trace: Trace, view: ViewNode): string {
  const known = texts.get(view);
  if (known !== undefined) return known;
  const parts = [nodeName(view), nodeLabel(view), tokenAt(trace, view.position), kindName(view.kind)];
  for (const member of view.members) {
    const { unit, label, promotes } = member;
    if (unit !== undefined) parts.push(`L${unitAddress(member)}`);
    parts.push(label ?? "", ...(promotes ?? []).map(({ text }) => text));
  }
  const text = parts.join(" ").toLowerCase();
  texts.set(view, text);
  return text;
}

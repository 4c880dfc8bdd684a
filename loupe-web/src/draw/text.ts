// How tokens, numbers and nodes are written. Everything here is text, never markup.
import type { Trace, TraceNode } from "../api/trace";
import type { ViewNode } from "../state/graph";

const SPACE = "␣";
const NAMED: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥", "\u00a0": "⍽" };
// Controls, zero-width and direction marks would be invisible or would turn the text around them.
const HIDDEN = /[\p{Cc}\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** A token's text with its leading and trailing spaces, line ends and controls made visible. */
export function visible(text: string): string {
  if (text === "") return "(empty)";
  return text
    .replace(/^ +| +$/g, (spaces) => SPACE.repeat(spaces.length))
    .replace(/\u00a0/g, "⍽")
    .replace(HIDDEN, (mark) => NAMED[mark] ?? `⟨${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** The first graphemes of a text, with an ellipsis when some are left out. */
export function shorten(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("").trimEnd()}…`;
}

/** A number to read: two decimals or two digits, whichever says more; powers of ten where zeros would be counted. */
export function amount(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const magnitude = size === 0 ? 0 : Math.floor(Math.log10(size));
  const text =
    size !== 0 && (magnitude < -3 || magnitude > 5)
      ? value.toExponential(1).replace(".0", "").replace("e-", "e−").replace("e+", "e")
      : value.toLocaleString("en", { minimumFractionDigits: decimals(magnitude), maximumFractionDigits: decimals(magnitude) });
  return text.replace(/^-/, "−");
}

function decimals(magnitude: number): number {
  return magnitude >= 3 ? 0 : magnitude === 2 ? 1 : Math.max(2, 1 - magnitude);
}

export function signed(value: number): string {
  return value > 0 ? `+${amount(value)}` : amount(value);
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  const hundredfold = Math.abs(share * 100);
  const minus = share < 0 ? "−" : "";
  if (hundredfold === 0) return "0%";
  if (hundredfold < 0.01) return `<0.01%`;
  return `${minus}${hundredfold.toFixed(hundredfold < 0.1 ? 2 : hundredfold < 99.95 ? 1 : 0)}%`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

const KINDS: Readonly<Record<string, string>> = {
  token: "Token",
  position: "Position embedding",
  neuron: "Neuron",
  feature: "Feature",
  remainder: "Remainder",
  embeddingBias: "Embedding bias",
  attentionBias: "Attention bias",
  mlpBias: "MLP bias",
  ownBias: "Own bias",
  error: "Reconstruction error",
  logit: "Logit",
  group: "Group",
};

export function kindName(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** The short name that identifies a node in lists and in the search: 12/873@4 as `loupe steer` takes it, ␣Paris, L3 rest. */
export function nodeName({ kind, layer, node, members, held }: ViewNode): string {
  switch (kind) {
    case "token":
    case "logit":
      return visible(node.label ?? "");
    case "neuron":
    case "feature":
      return unitAddress(node);
    case "group":
      return `L${layer ?? "?"} ×${members.length}`;
    case "remainder":
      return `L${layer ?? "?"} ${held ? "held" : "rest"}`;
    case "position":
      return "pos";
    case "embeddingBias":
      return "embedding bias";
    case "attentionBias":
      return `L${layer ?? "?"} attn bias`;
    case "mlpBias":
      return `L${layer ?? "?"} MLP bias`;
    case "ownBias":
      return "own bias";
    case "error":
      return `L${layer ?? "?"} error`;
    default:
      return visible(node.label ?? String(kind));
  }
}

/** A unit as `loupe steer` takes it: LAYER/NUMBER@POSITION, in a mixture LAYER/EXPERT.NEURON@POSITION. */
export function unitAddress({ layer, unit, expert, neuron, position }: TraceNode): string {
  const number = expert === undefined ? String(unit ?? "?") : `${expert}.${neuron ?? "?"}`;
  return `${layer ?? "?"}/${number}${position === null ? "" : `@${position}`}`;
}

/** What a node says beside its name; "" when the name says it all. */
export function nodeLabel({ kind, node, group }: ViewNode): string {
  if (kind === "token") return "in the prompt";
  if (kind === "logit") return typeof node.probability !== "number" ? "next token" : `next token, ${percent(node.probability)}`;
  if (kind === "position") return "position embedding";
  return visible(group?.label ?? node.label ?? "");
}

const SAYS = /^(?:\d+ (?:neurons|features): )?(promotes|suppresses) (.+)$/su;

/** What a unit says, as words without the verb; a minus stands before what it suppresses. */
export function nodeWords(view: ViewNode): string {
  const label = nodeLabel(view);
  const [, verb, words = label] = SAYS.exec(label) ?? [];
  return verb === "suppresses" ? `− ${words}` : words;
}

/** The first of these words, to stand beside the node in the graph. */
export function nodeWord(view: ViewNode): string {
  return shorten(nodeWords(view).split(", ")[0] ?? "", 14);
}

/** The text of the prompt token at a position. */
export function tokenAt(trace: Trace, position: number | null): string {
  if (position === null) return "";
  return visible(trace.prompt.tokens.find((token) => token.position === position)?.text ?? "?");
}

/** One line for screen readers and tooltips' first line. */
export function nodeSentence(trace: Trace, view: ViewNode): string {
  const where = view.position === null ? "" : ` at position ${view.position}, ${tokenAt(trace, view.position)}`;
  const label = nodeLabel(view);
  return `${kindName(view.kind)} ${nodeName(view)}${where}${label === "" ? "" : `: ${label}`}; influence ${percent(view.influence)}`;
}

// Where everything stands: positions across, layers up, each node in its cell without touching another.
import type { Trace } from "../api/trace";
import type { GraphView, ViewNode } from "../state/graph";
import { nodeName, percent, shorten, visible } from "./text";

export interface Column {
  /** First and last position; equal except for a gap, both -1 for the gutter of biases. */
  readonly first: number;
  readonly last: number;
  readonly kind: "gutter" | "token" | "gap";
  readonly text: string;
  readonly x: number;
  readonly width: number;
}

export interface Row {
  readonly layer: number;
  readonly y: number;
  readonly height: number;
  readonly occupied: boolean;
}

export interface Placed {
  readonly node: ViewNode;
  readonly x: number;
  readonly y: number;
  /** Half the width and half the height of its shape. */
  readonly rx: number;
  readonly ry: number;
  /** Written inside the shape; only logits have room. */
  readonly caption: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly placed: ReadonlyMap<string, Placed>;
}

export interface Frame {
  readonly width: number;
  readonly zoom: number;
  /** Width of a text in the graph's font, in pixels. */
  readonly measure: (text: string) => number;
}

const SLOT = 19;
/** Air above and below the nodes of a row; deep models get less. */
const ROW_PADDING = 7;
const DEEP_ROW_PADDING = 3;
const DEEP = 20;
const EMPTY_ROW = 7;
const CHIP_HEIGHT = 26;
const ALL_COLUMNS_UP_TO = 24;

type Cells = Map<number, Map<number, ViewNode[]>>;

export function layOut(trace: Trace, view: GraphView, frame: Frame): Layout {
  const slot = SLOT * frame.zoom;
  const top = trace.model.layers;
  const logits = view.nodes.filter(({ kind }) => kind === "logit").sort((a, b) => (b.node.probability ?? 0) - (a.node.probability ?? 0));
  const cells = inCells(view.nodes.filter(({ kind }) => kind !== "logit"));
  const columns = placeColumns(trace, cells, frame, slot);
  const columnOf = (position: number): Column | undefined => columns.find(({ first, last }) => first <= position && position <= last);
  const last = columns.at(-1);
  const width = last === undefined ? frame.width : last.x + last.width;
  const perLine = (column: Column): number => Math.max(1, Math.floor((column.width - 10) / slot));

  const target = columnOf(trace.at);
  const chips = flowChips(logits, width, target === undefined ? width / 2 : target.x + target.width / 2, frame.measure);
  const padding = top > DEEP ? DEEP_ROW_PADDING : ROW_PADDING;
  const rows: Row[] = [];
  let y = 6;
  for (let layer = top; layer >= -1; layer--) {
    let lines = 0;
    for (const [position, nodes] of cells.get(layer) ?? []) {
      const column = columnOf(position);
      if (column !== undefined) lines = Math.max(lines, Math.ceil(nodes.length / perLine(column)));
    }
    const cellHeight = lines === 0 ? EMPTY_ROW * frame.zoom : lines * slot + padding;
    const height = layer === top ? Math.max(chips.height + 10, lines * slot + padding) : cellHeight;
    rows.push({ layer, y, height, occupied: lines > 0 || layer === top });
    y += height;
    if (layer === top || layer === 0) y += 14;
  }

  const strongest = Math.max(1e-9, ...view.nodes.filter(({ kind }) => kind === "neuron" || kind === "group").map(({ influence }) => influence));
  const placed = new Map<string, Placed>();
  for (const row of rows) {
    for (const [position, nodes] of cells.get(row.layer) ?? []) {
      const column = columnOf(position);
      if (column === undefined) continue;
      const most = perLine(column);
      const lines = Math.ceil(nodes.length / most);
      nodes.forEach((node, index) => {
        const line = Math.floor(index / most);
        const inLine = Math.min(most, nodes.length - line * most);
        const x = column.x + column.width / 2 + offset(index % most, inLine) * slot;
        const radius = (3 + 5 * Math.sqrt(Math.min(1, node.influence / strongest))) * frame.zoom ** 0.7;
        const [rx, ry] = halfSize(node.kind, Math.min(radius, slot / 2 - 1.5), slot);
        placed.set(node.key, { node, x, y: row.y + row.height / 2 + (line - (lines - 1) / 2) * slot, rx, ry, caption: "" });
      });
    }
  }
  const chipsTop = rows[0]?.y ?? 0;
  for (const chip of chips.placed) placed.set(chip.node.key, { ...chip, y: chipsTop + 5 + chip.y });
  return { width, height: y + 4, columns, rows, placed };
}

/** Nodes by layer, then by position (-1 for none), the most influential first and the remainder last. */
function inCells(nodes: readonly ViewNode[]): Cells {
  const cells: Cells = new Map();
  for (const node of nodes) {
    const layer = node.layer ?? -1;
    const row = cells.get(layer) ?? new Map<number, ViewNode[]>();
    cells.set(layer, row);
    const position = node.position ?? -1;
    row.set(position, [...(row.get(position) ?? []), node]);
  }
  const rank = (node: ViewNode): number => (node.kind === "remainder" ? -1 : node.influence);
  for (const row of cells.values()) for (const cell of row.values()) cell.sort((a, b) => rank(b) - rank(a));
  return cells;
}

function placeColumns(trace: Trace, cells: Cells, frame: Frame, slot: number): Column[] {
  const fullest = new Map<number, number>();
  for (const row of cells.values()) {
    for (const [position, nodes] of row) fullest.set(position, Math.max(fullest.get(position) ?? 0, nodes.length));
  }
  const needed = (position: number): number => {
    const most = fullest.get(position) ?? 0;
    return (most <= 6 ? most : Math.ceil(Math.sqrt(most * 2.5))) * slot + 14;
  };
  const drafts: { first: number; last: number; kind: Column["kind"]; text: string; width: number }[] = [];
  if (fullest.has(-1)) drafts.push({ first: -1, last: -1, kind: "gutter", text: "bias", width: Math.max(46, needed(-1)) });
  const { tokens } = trace.prompt;
  const keeps = (index: number): boolean => {
    const token = tokens[index];
    return token !== undefined && (tokens.length <= ALL_COLUMNS_UP_TO || fullest.has(token.position) || token.position === trace.at);
  };
  tokens.forEach((token, index) => {
    const before = drafts.at(-1);
    if (keeps(index) || (keeps(index - 1) && keeps(index + 1))) {
      const text = shorten(visible(token.text), 16);
      const label = Math.min(130, Math.max(34, frame.measure(text) + 16));
      drafts.push({ first: token.position, last: token.position, kind: "token", text, width: Math.max(label, needed(token.position)) });
    } else if (before?.kind === "gap") {
      before.last = token.position;
      before.text = `${before.last - before.first + 1} more`;
    } else {
      drafts.push({ first: token.position, last: token.position, kind: "gap", text: "1 more", width: 52 });
    }
  });
  const natural = drafts.reduce((sum, { width }) => sum + width, 0);
  const growing = drafts.filter(({ kind }) => kind === "token").length;
  const growth = growing === 0 ? 0 : Math.max(0, frame.width - natural) / growing;
  let x = 0;
  return drafts.map((draft) => {
    const width = draft.width + (draft.kind === "token" ? growth : 0);
    x += width;
    return { ...draft, x: x - width, width };
  });
}

/** Slots from the middle outwards: 0, +1, -1, +2, … for odd counts and halves for even ones. */
function offset(index: number, count: number): number {
  const middle = (count - 1) / 2;
  const step = Math.ceil(index / 2);
  const slotIndex = Math.floor(middle) + (index % 2 === 1 ? step : -step);
  return slotIndex - middle;
}

function halfSize(kind: ViewNode["kind"], radius: number, slot: number): [number, number] {
  if (kind === "remainder") return [slot / 2 - 1.5, slot / 4];
  if (kind === "group") return [slot / 2 - 1.5, slot / 2 - 1.5];
  if (kind === "token") return [Math.max(5, radius), Math.max(5, radius)];
  return [radius, radius];
}

/** Logits as chips, the most probable first, in centred lines as near to the explained position as the width allows. */
function flowChips(logits: readonly ViewNode[], width: number, centre: number, measure: Frame["measure"]): { placed: Placed[]; height: number } {
  const gap = 8;
  const chips = logits.map((node) => {
    const caption = typeof node.node.probability === "number" ? `${shorten(nodeName(node), 18)}  ${percent(node.node.probability)}` : shorten(nodeName(node), 26);
    return { node, caption, width: measure(caption) + 22 };
  });
  const lines: (typeof chips)[] = [];
  let used = Infinity;
  for (const chip of chips) {
    if (used + chip.width > Math.max(width - 16, 120)) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(chip);
    used += chip.width + gap;
  }
  const placed: Placed[] = [];
  lines.forEach((line, index) => {
    const length = line.reduce((sum, chip) => sum + chip.width + gap, -gap);
    let x = Math.max(8, Math.min(width - 8 - length, centre - length / 2));
    for (const { node, caption, width: chipWidth } of line) {
      const y = index * (CHIP_HEIGHT + 6) + CHIP_HEIGHT / 2;
      placed.push({ node, x: x + chipWidth / 2, y, rx: chipWidth / 2, ry: CHIP_HEIGHT / 2, caption });
      x += chipWidth + gap;
    }
  });
  return { placed, height: lines.length * (CHIP_HEIGHT + 6) - 6 };
}

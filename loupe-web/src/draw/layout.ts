// Where everything stands: positions across, layers up, each node in its cell without touching another.
import type { Trace } from "../api/trace";
import { isUnit, type ViewNode } from "../state/graph";
import { nodeName, nodeWord, percent, shorten, visible } from "./text";

export interface Column {
  /** First and last position; equal except for a gap, both -1 for the gutter of biases. */
  readonly first: number;
  readonly last: number;
  readonly kind: "gutter" | "token" | "gap";
  readonly text: string;
  /** Whether its neurons were held as constants. */
  readonly held: boolean;
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
  /** Written inside the shape of a logit, to the right of a unit; "" for most. */
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
const SMALL_CHIP = { height: 19, text: 0.86 };
/** So many of the most influential units say a word in the graph, as long as it can be read. */
const WORDS = 12;
const LEAST_ZOOM_OF_WORDS = 0.65;
const WORD_TEXT = 0.84;
const WORD_GAP = 8;
const ALL_COLUMNS_UP_TO = 24;
/** A longer prompt's token that stands alone at its position needs this much influence for a column of its own. */
const LEAST_INFLUENCE_OF_COLUMN = 0.005;
/** How much broader than high a full cell may be: the first that lets the graph fit the window. */
const BREADTHS: readonly number[] = [6, 4, 2.5, 1.6, 1, 0.6];
/** How much smaller everything may be drawn to fit the window. */
const FITS: readonly number[] = [1, 0.9, 0.8, 0.7, 0.6];
const LEAST_FITTING_ZOOM = 0.6;
/** So wide is a column with nothing in it but its token; its text is cut, the whole of it is told on hover. */
const EMPTY_COLUMN = 44;

type Cells = Map<number, Map<number, ViewNode[]>>;

/** Everything as wide as the frame where that can be: narrower cells first, then smaller nodes. */
export function layOut(trace: Trace, nodes: readonly ViewNode[], frame: Frame): Layout {
  const fits = FITS.map((fit) => frame.zoom * fit).filter((zoom, i) => i === 0 || zoom >= LEAST_FITTING_ZOOM);
  let layout = layOutAt(trace, nodes, frame);
  for (const zoom of fits.slice(1)) {
    if (layout.width <= frame.width * Math.max(1, frame.zoom) + 1) break;
    layout = layOutAt(trace, nodes, { ...frame, zoom });
  }
  return layout;
}

function layOutAt(trace: Trace, nodes: readonly ViewNode[], frame: Frame): Layout {
  const slot = SLOT * frame.zoom;
  const top = trace.model.layers;
  const logits = nodes.filter(({ kind }) => kind === "logit").sort((a, b) => (b.node.probability ?? 0) - (a.node.probability ?? 0));
  const cells = inCells(nodes.filter(({ kind }) => kind !== "logit"));
  const words = frame.zoom < LEAST_ZOOM_OF_WORDS ? new Map<string, string>() : wordsOf(nodes);
  const room = (node: ViewNode): number => {
    const word = words.get(node.key);
    return slot + (word === undefined ? 0 : frame.measure(word) * WORD_TEXT + WORD_GAP);
  };
  const columns = placeColumns(trace, cells, frame, slot, room);
  const columnOf = (position: number): Column | undefined => columns.find(({ first, last }) => first <= position && position <= last);
  const last = columns.at(-1);
  const width = last === undefined ? frame.width : last.x + last.width;

  const target = columnOf(trace.at);
  const chips = flowChips(logits, width, target === undefined ? width / 2 : target.x + target.width / 2, frame.measure);
  const padding = top > DEEP ? DEEP_ROW_PADDING : ROW_PADDING;
  const rows: Row[] = [];
  let y = 6;
  for (let layer = top; layer >= -1; layer--) {
    let lines = 0;
    for (const [position, nodes] of cells.get(layer) ?? []) {
      const column = columnOf(position);
      if (column !== undefined) lines = Math.max(lines, inLines(nodes, column.width - 10, room).length);
    }
    const cellHeight = lines === 0 ? EMPTY_ROW * frame.zoom : lines * slot + padding;
    const height = layer === top ? Math.max(chips.height + 10, lines * slot + padding) : cellHeight;
    rows.push({ layer, y, height, occupied: lines > 0 || layer === top });
    y += height;
    if (layer === top || layer === 0) y += 14;
  }

  const strongest = Math.max(1e-9, ...nodes.filter(({ kind }) => isUnit(kind) || kind === "group").map(({ influence }) => influence));
  const placed = new Map<string, Placed>();
  for (const row of rows) {
    for (const [position, nodes] of cells.get(row.layer) ?? []) {
      const column = columnOf(position);
      if (column === undefined || column.kind === "gap") continue;
      const lines = inLines(nodes, column.width - 10, room);
      lines.forEach((line, index) => {
        let x = column.x + (column.width - line.reduce((sum, node) => sum + room(node), 0)) / 2;
        for (const node of line) {
          const radius = (2.6 + 5.4 * Math.sqrt(Math.min(1, node.influence / strongest))) * frame.zoom ** 0.7;
          const [rx, ry] = halfSize(node, Math.min(radius, slot / 2 - 1.5), slot);
          const y = row.y + row.height / 2 + (index - (lines.length - 1) / 2) * slot;
          placed.set(node.key, { node, x: x + slot / 2, y, rx, ry, caption: words.get(node.key) ?? "" });
          x += room(node);
        }
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

function placeColumns(trace: Trace, cells: Cells, frame: Frame, slot: number, room: (node: ViewNode) => number): Column[] {
  const fullest = new Map<number, number>();
  const widest = new Map<number, number>();
  const raise = (most: Map<number, number>, position: number, value: number): void => void most.set(position, Math.max(most.get(position) ?? 0, value));
  for (const row of cells.values()) {
    for (const [position, nodes] of row) {
      raise(fullest, position, nodes.length);
      raise(widest, position, Math.max(...nodes.map(room)));
    }
  }
  const needed = (position: number, breadth: number): number => {
    const most = fullest.get(position) ?? 0;
    const least = breadth < 1 ? 3 : 6;
    return (most <= least ? most : Math.max(least, Math.ceil(Math.sqrt(most * breadth)))) * slot + 14 + Math.max(0, (widest.get(position) ?? 0) - slot);
  };
  const filled = new Set([...cells.values()].flatMap((row) => [...row].flatMap(([position, nodes]) => (nodes.some(({ kind }) => kind !== "token" && kind !== "position") ? [position] : []))));
  const drafts: { first: number; last: number; kind: Column["kind"]; text: string; width: number }[] = [];
  if (fullest.has(-1)) drafts.push({ first: -1, last: -1, kind: "gutter", text: "bias", width: Math.max(46, needed(-1, 1)) });
  const { tokens } = trace.prompt;
  const isHeld = (position: number): boolean => position < (trace.settings?.heldPositions ?? 0);
  const onPaths = new Set((trace.paths ?? []).map(({ nodes }) => nodes[0]));
  const matters = ({ kind, node, influence }: ViewNode): boolean => kind !== "token" || influence >= LEAST_INFLUENCE_OF_COLUMN || onPaths.has(node.id);
  const busy = new Set([...cells.values()].flatMap((row) => [...row].flatMap(([position, nodes]) => (nodes.some(matters) ? [position] : []))));
  const keeps = (index: number): boolean => {
    const token = tokens[index];
    return token !== undefined && (tokens.length <= ALL_COLUMNS_UP_TO || busy.has(token.position) || token.position === trace.at);
  };
  tokens.forEach((token, index) => {
    const before = drafts.at(-1);
    if (keeps(index) || (keeps(index - 1) && keeps(index + 1))) {
      const text = shorten(visible(token.text), 16);
      const most = filled.has(token.position) || token.position === trace.at ? 130 : EMPTY_COLUMN;
      const label = Math.min(most, Math.max(isHeld(token.position) ? 62 : 26, frame.measure(text) + 16));
      drafts.push({ first: token.position, last: token.position, kind: "token", text, width: label });
    } else if (before?.kind === "gap") {
      before.last = token.position;
      before.text = `${before.last - before.first + 1} more`;
    } else {
      drafts.push({ first: token.position, last: token.position, kind: "gap", text: "1 more", width: 52 });
    }
  });
  const labels = drafts.map(({ width }) => width);
  let natural = Infinity;
  for (const breadth of BREADTHS) {
    drafts.forEach((draft, index) => (draft.width = draft.kind === "token" ? Math.max(labels[index] ?? 0, needed(draft.first, breadth)) : draft.width));
    natural = drafts.reduce((sum, { width }) => sum + width, 0);
    if (natural <= frame.width) break;
  }
  const isGrowing = ({ kind, first }: { readonly kind: Column["kind"]; readonly first: number }): boolean => kind === "token" && (filled.size === 0 || filled.has(first));
  // What is full gets more of the room that is left than what holds a node or two.
  const hunger = ({ first }: { readonly first: number }): number => Math.sqrt(fullest.get(first) ?? 1);
  const growing = drafts.filter(isGrowing).reduce((sum, draft) => sum + hunger(draft), 0);
  const growth = growing === 0 ? 0 : Math.max(0, frame.width - natural) / growing;
  let x = 0;
  return drafts.map((draft) => {
    const width = draft.width + (isGrowing(draft) ? growth * hunger(draft) : 0);
    x += width;
    return { ...draft, held: draft.kind === "token" && isHeld(draft.first), x: x - width, width };
  });
}

/** Nodes in lines that fit the width, each line with its first node in the middle and the others right and left in turn. */
function inLines(nodes: readonly ViewNode[], width: number, room: (node: ViewNode) => number): ViewNode[][] {
  const lines: ViewNode[][] = [];
  let used = Infinity;
  let count = 0;
  for (const node of nodes) {
    if (used + room(node) > width) {
      lines.push([]);
      used = 0;
      count = 0;
    }
    if (count % 2 === 0) lines.at(-1)?.unshift(node);
    else lines.at(-1)?.push(node);
    used += room(node);
    count++;
  }
  return lines;
}

/** The words of the most influential units, by key. */
function wordsOf(nodes: readonly ViewNode[]): Map<string, string> {
  const units = nodes.filter(({ kind }) => isUnit(kind) || kind === "group").sort((a, b) => b.influence - a.influence);
  return new Map(units.slice(0, WORDS).flatMap((node) => (nodeWord(node) === "" ? [] : [[node.key, nodeWord(node)]])));
}

function halfSize({ kind }: ViewNode, radius: number, slot: number): [number, number] {
  if (kind === "remainder") return [slot / 2 - 3, slot / 5.5];
  if (kind === "group") return [slot / 2 - 1.5, slot / 2 - 1.5];
  if (kind === "token") return [Math.max(5, radius), Math.max(5, radius)];
  return [radius, radius];
}

/** Logits as chips: the most probable one above the explained position, the others small in lines above it. */
function flowChips(logits: readonly ViewNode[], width: number, centre: number, measure: Frame["measure"]): { placed: Placed[]; height: number } {
  const gap = 8;
  const chips = logits.map((node, rank) => {
    const caption = typeof node.node.probability === "number" ? `${shorten(nodeName(node), 18)}  ${percent(node.node.probability)}` : shorten(nodeName(node), 26);
    return { node, caption, width: rank === 0 ? measure(caption) + 26 : measure(caption) * SMALL_CHIP.text + 18 };
  });
  const lines: (typeof chips)[] = [];
  let used = Infinity;
  for (const chip of chips.slice(1)) {
    if (used + chip.width > Math.max(width - 16, 120)) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(chip);
    used += chip.width + gap;
  }
  if (chips[0] !== undefined) lines.push([chips[0]]);
  const placed: Placed[] = [];
  let y = 0;
  for (const line of lines) {
    const ry = (line[0] === chips[0] ? CHIP_HEIGHT : SMALL_CHIP.height) / 2;
    const length = line.reduce((sum, chip) => sum + chip.width + gap, -gap);
    let x = Math.max(8, Math.min(width - 8 - length, centre - length / 2));
    for (const { node, caption, width: chipWidth } of line) {
      placed.push({ node, x: x + chipWidth / 2, y: y + ry, rx: chipWidth / 2, ry, caption });
      x += chipWidth + gap;
    }
    y += 2 * ry + 8;
  }
  return { placed, height: y - 8 };
}

// Axes of the graph: layers at the left, prompt tokens below. They scroll with the graph, in one direction each.
import type { Trace } from "../api/trace";
import { html } from "../draw/element";
import type { Layout } from "../draw/layout";
import { tokenText } from "./token";

const LEAST_LABEL_HEIGHT = 13;

export function layerAxis(trace: Trace, { rows, height }: Layout): HTMLElement {
  const list = html("div", { class: "ticks" });
  list.style.height = `${height}px`;
  let free = 0;
  for (const { layer, y, height: rowHeight, occupied } of rows) {
    const middle = y + rowHeight / 2;
    const name = layer === trace.model.layers ? "logits" : layer === -1 ? "tokens" : String(layer);
    const room = occupied || layer === -1 || rowHeight >= LEAST_LABEL_HEIGHT;
    if (!room || middle - LEAST_LABEL_HEIGHT / 2 < free) continue;
    const tick = html("span", { class: layer < 0 || layer === trace.model.layers ? "tick word" : "tick" }, name);
    tick.style.top = `${middle}px`;
    list.append(tick);
    free = middle + LEAST_LABEL_HEIGHT / 2;
  }
  return list;
}

export function tokenAxis(trace: Trace, { columns, width }: Layout): HTMLElement {
  const list = html("div", { class: "ticks" });
  list.style.width = `${width}px`;
  for (const { first, last, kind, text, held, x, width: columnWidth } of columns) {
    const token = trace.prompt.tokens.find(({ position }) => position === first);
    const content = kind === "token" && token !== undefined ? tokenText(token.text, 16) : text;
    const place = kind === "token" ? (held ? `${first} · held` : String(first)) : kind === "gap" ? `${first}–${last}` : "";
    const head = html("span", { class: `head ${kind}${first === trace.at ? " at" : ""}` }, html("span", { class: "head-text" }, content), html("small", {}, place));
    head.style.left = `${x}px`;
    head.style.width = `${columnWidth}px`;
    list.append(head);
  }
  return list;
}

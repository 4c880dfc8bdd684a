// A share over time as a strip of cells, pale at 0 and deep at 1: many of them can be read below each other.
import { html } from "./element";
import { percent } from "./text";

export interface Cell {
  readonly share: number;
  /** When, in words. */
  readonly at: string;
}

export function strip(name: string, cells: readonly Cell[]): HTMLElement {
  const last = cells.at(-1);
  const spoken = `${name}: ${last === undefined ? "nothing" : `${percent(cells[0]?.share)} at first, ${percent(last.share)} in the end`}`;
  const parts = cells.map(({ share, at }) => {
    const cell = html("i", { title: `${percent(share)} at ${at}` });
    cell.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
    return cell;
  });
  return html("div", { class: "strip-cells", role: "img", "aria-label": spoken }, ...parts);
}

// The view of the logit lens: what each layer would say at each position if the model ended there.
import type { Finding } from "../api/finding";
import type { Cell, LensReport } from "../api/lens";
import { chart } from "../draw/chart";
import { html, panel } from "../draw/element";
import { percent, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const lens: View = { schema: "loupe.lens/1", name: "This lens", show };

type Lens = Finding<LensReport>;

const after = (layer: number): string => (layer === 0 ? "embedding" : `block ${layer}`);

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const lens = result as unknown as Lens;
  const { question, model, positions, layers, settled, evidence, caveats, provenance } = lens;
  document.title = `${question} · Loupe`;
  const followed = positions.at(-1);
  const last = layers.at(-1)?.cells.at(-1);
  const head = header({
    what: "lens",
    theme: themeSwitch(),
    title: question,
    about: [`${model} · ${layers.length - 1} blocks · the last ${positions.length} positions read`],
    evidence,
    figures: [
      ["the model predicts", visible((followed?.predicted ?? "").trim())],
      ["with probability", percent(last?.predicted)],
      ["first from", settled === 0 ? "before any block" : `after ${after(settled)}`],
    ],
  });
  headFirst(host, "This lens", head, () => [html("main", { class: "lens" }, gridPanel(lens), coursePanel(lens), evidencePanel("lens", evidence, caveats)), provenanceFooter(["Provenance", facts(provenance)])]);
}

function gridPanel({ positions, layers, settled }: Lens): HTMLElement {
  const reading = html("output", { class: "reading" }, "Point at a cell to read it.");
  const titles = positions.map(({ position, text }) => html("th", { scope: "col", title: `position ${position}` }, tokenText(text, 14)));
  const rows = layers.toReversed().map(({ layer, cells }) => html("tr", { class: layer === settled ? "settled" : "" }, html("th", { scope: "row" }, after(layer)), ...cells.map((cell, i) => gridCell(cell, i === cells.length - 1))));
  const foot = html("tr", { class: "model" }, html("th", { scope: "row" }, "model"), ...positions.map(({ predicted }) => html("td", {}, tokenText(predicted, 12))));
  const table = html("table", { class: "lens-grid" }, html("caption", { class: "spoken" }, "The first token after each block at each position, last block on top"), html("thead", {}, html("tr", {}, html("td", {}), ...titles)), html("tbody", {}, foot, ...rows));
  table.addEventListener("pointerover", (event) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-says]") : null;
    if (cell !== null) reading.textContent = cell.dataset["says"] ?? "";
  });
  const box = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Grid of the lens" }, table);
  requestAnimationFrame(() => (box.scrollLeft = box.scrollWidth));
  const note = html("p", { class: "note" }, "The token that the logit lens puts first; the deeper the ground, the more probable. Framed: already the model’s own prediction there. The last column is followed.");
  return panel("grid", "What each layer would say", note, box, reading);
}

function gridCell({ text, probability, rank, predicted, divergence }: Cell, isFollowed: boolean): HTMLElement {
  const share = probability ?? 0;
  const says = `${visible(text)} with ${percent(probability)}; the model’s prediction has rank ${rank} and ${percent(predicted)}; divergence ${divergence?.toFixed(2) ?? "–"} nats`;
  const cell = html("td", { class: `${rank === 1 ? "right " : ""}${share > 0.3 ? "deep " : ""}${isFollowed ? "followed" : ""}`.trim(), title: says, "data-says": says }, tokenText(text, 12), html("small", {}, percent(probability)));
  cell.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
  return cell;
}

/** Of the followed position. */
function coursePanel({ positions, layers }: Lens): HTMLElement {
  const predicted = visible(positions.at(-1)?.predicted ?? "");
  const marks = layers.map(({ layer }) => layer).filter((layer) => layers.length < 14 || layer % Math.ceil(layers.length / 12) === 0);
  const course = (label: string, pick: (cell: Cell) => number | null, write: (value: number) => string, range: readonly [number, number]): HTMLElement =>
    chart({ label, width: 460, height: 190, marks, range, x: (layer) => (layer === 0 ? "emb." : String(layer)), y: write }, [{ name: label, kind: "main", dots: true, points: layers.map(({ layer, cells }) => ({ x: layer, y: pick(cells.at(-1) as Cell) ?? NaN })) }]);
  const most = Math.max(...layers.map(({ cells }) => cells.at(-1)?.divergence ?? 0), 0.1);
  return panel(
    "course",
    `How ${predicted} comes to be first`,
    html(
      "div",
      { class: "multiples wide" },
      course(`probability of ${predicted} after each block`, (cell) => cell.predicted, percent, [0, 1]),
      course("divergence from the model’s own prediction, nats", (cell) => cell.divergence, (value) => value.toFixed(1), [0, most]),
    ),
  );
}

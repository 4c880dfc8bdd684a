// The view of a contrast: the edit as a difference of words, both answers, and every edited prompt that was scored.
import type { ContrastReport, Edit } from "../api/explain-contrast";
import type { Finding } from "../api/finding";
import { signedBar } from "../draw/bar";
import { chart } from "../draw/chart";
import { button, html, panel } from "../draw/element";
import { amount, count, shorten, signed, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import type { View } from "./view";

export const contrast: View = { schema: "loupe.contrast/1", name: "This contrast", show };

type Contrasted = Finding<ContrastReport>;

/** Edits in the table until all are asked for. */
const AT_REST = 10;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const contrasted = result as unknown as Contrasted;
  const { question, model, measured, score, words, visits, stop, evidence, caveats, provenance } = contrasted;
  document.title = `${question} · Loupe`;
  const changed = words.filter(({ before, after }) => before !== after).length;
  const head = header({
    what: "explain: contrast",
    theme: themeSwitch(),
    title: question,
    about: [`${model} · ${measured}`, `${count(visits.length, "edited prompt")} scored · the search ended: ${stop}`],
    evidence,
    figures: [
      ["words changed", `${changed} of ${words.length}`],
      ["score of the edit", score === null ? "–" : signed(score)],
    ],
  });
  headFirst(host, "This contrast", head, () => [html("main", { class: "contrast" }, editPanel(contrasted), searchPanel(contrasted), evidencePanel("contrast", evidence, caveats)), provenanceFooter(["Provenance", facts(provenance)])]);
}

/** Words that were taken out are struck through, those in their place underlined: not by colour alone. */
function difference(words: readonly { readonly before: string; readonly after: string }[]): HTMLElement {
  const pieces = words.flatMap(({ before, after }, i): (Node | string)[] => [i === 0 ? "" : " ", ...(before === after ? [before] : [html("del", {}, before), " ", html("ins", {}, after)])]);
  return html("p", { class: "attributed", dir: "auto" }, ...pieces);
}

function editPanel({ words, answer, edited }: Contrasted): HTMLElement {
  const said = (name: string, text: string): HTMLElement => html("section", {}, html("h3", {}, name), html("p", { class: "lines said" }, html("bdi", {}, text.trim() === "" ? "(empty)" : text.trim())));
  return panel("edit", "The edit that changes the answer most", difference(words), html("div", { class: "two" }, said("Answer before", answer), said("Answer after", edited)));
}

function searchPanel({ visits, words, measured }: Contrasted): HTMLElement {
  const original = words.map(({ before }) => before);
  const ranked = visits.toSorted((a, b) => Math.abs(b.score ?? 0) - Math.abs(a.score ?? 0));
  const largest = Math.abs(ranked[0]?.score ?? 0);
  const scores = visits.map(({ score }) => score ?? NaN).filter(Number.isFinite);
  const low = Math.min(0, ...scores);
  const high = Math.max(0, ...scores, low + 1e-9);
  // A few edits are read from the table.
  const picture = visits.length < 5 ? null : chart({ label: `Score of each edited prompt, in the order of the search: ${measured}`, width: 960, height: 200, range: [low, high], x: (place) => String(place + 1), y: (value) => amount(value) }, [{ name: "score", kind: "quiet", dots: true, points: visits.map(({ score }, x) => ({ x, y: score ?? low })) }]);
  const host = html("div", {});
  const fill = (most: number): void => {
    const rows = ranked.slice(0, most).map((edit) => html("tr", { class: (edit.score ?? 0) < 0 ? "lower" : "raise" }, html("td", { class: "numeric number" }, edit.score === null ? "–" : signed(edit.score)), html("td", { class: "bars" }, signedBar(edit.score ?? 0, largest)), html("td", {}, changes(edit, original))));
    const head = html("tr", {}, html("th", { scope: "col", class: "numeric" }, "Score"), html("th", { scope: "col" }, "Size"), html("th", { scope: "col" }, "Words changed"));
    host.replaceChildren(html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Edited prompts" }, html("table", { class: "scores" }, html("thead", {}, head), html("tbody", {}, ...rows))));
    if (ranked.length > most) host.append(button({ class: "quiet more" }, () => fill(Infinity), `Show all ${ranked.length.toLocaleString("en")}`));
  };
  fill(AT_REST);
  return panel("search", "Every edit that was tried", picture, host);
}

/** The words of an edit; its text holds them separated by one space. */
function changes({ changed, text }: Edit, original: readonly string[]): HTMLElement {
  const now = text.split(" ");
  const pieces = changed.toSorted((a, b) => a - b).flatMap((place, i): (Node | string)[] => [i === 0 ? "" : " · ", html("del", {}, shorten(visible(original[place] ?? "?"), 30)), " ", html("ins", {}, shorten(visible(now[place] ?? "?"), 30))]);
  return html("bdi", {}, ...pieces);
}

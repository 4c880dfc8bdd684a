// The view of a search: the features that fire on a text, beside the text; or those that have to do with a token.
import type { Finding } from "../api/finding";
import type { FeatureId, Fired, OfToken, OnText, OnToken } from "../api/features-search";
import { bar } from "../draw/bar";
import { button, html, panel } from "../draw/element";
import { amount, percent, signed, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const search: View = { schema: "loupe.features-search/1", name: "This search", show };

const nameOf = ({ layer, feature }: FeatureId): string => `${layer}/${feature}`;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Finding<OnText> | Finding<OnToken>;
  const { question, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const count = "tokens" in found ? found.features.length : found.firing.length + found.promoting.length;
  const head = header({ what: "features: search", theme: themeSwitch(), title: question, about: [`${count.toLocaleString("en")} features found`], evidence });
  headFirst(host, "This search", head, () => [
    html("main", { class: "search" }, ...("tokens" in found ? [textPanel(found)] : tokenPanels(found)), evidencePanel("search", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

/** A token shows the features that peak on it; a feature's row marks its token. */
function textPanel({ tokens, features }: OnText): HTMLElement {
  let chosen = -1;
  const most = Math.max(...features.map(({ score }) => score ?? 0), 1e-9);
  const peaks = tokens.map((_, i) => features.filter(({ position }) => position === i));
  const largest = Math.max(...peaks.map((all) => total(all)), 1e-9);
  const words = tokens.map((text, i) => {
    const here = peaks[i] ?? [];
    const word = button({ class: "word", disabled: here.length === 0, "aria-pressed": "false", title: `${here.length} features peak here` }, () => {
      chosen = chosen === i ? -1 : i;
      fill();
    }, tokenText(text, 40));
    word.style.setProperty("--strength", `${((total(here) / largest) * 100).toFixed(0)}%`);
    return word;
  });
  const mark = (position: number): void => words.forEach((word, i) => word.classList.toggle("lit", i === position));
  const body = html("tbody", {});
  const fill = (): void => {
    words.forEach((word, i) => word.setAttribute("aria-pressed", String(i === chosen)));
    body.replaceChildren(...features.filter(({ position }) => chosen < 0 || position === chosen).map((each) => row(each, tokens, most, mark)));
  };
  fill();
  const head = html("tr", {}, ...["Feature", "What it means", "Peaks on", "Activation", "Of its largest", "Above zero on", "Score"].map((text, i) => html("th", { scope: "col", class: i > 2 ? "numeric" : "" }, text)));
  const note = html("p", { class: "note" }, "The text: a deeper ground where more telling features peak; press a token for its features alone. A feature’s score is its share of the largest activation that the index knows, times the surprise of seeing it at all.");
  return panel("found", "Features that fire on the text", note, html("p", { class: "prompt" }, ...words), html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Features found" }, html("table", { class: "scores" }, html("thead", {}, head), body)));
}

function total(features: readonly Fired[]): number {
  return features.reduce((sum, { score }) => sum + (score ?? 0), 0);
}

function row({ id, activation, position, share, frequency, score, label }: Fired, tokens: readonly string[], most: number, mark: (position: number) => void): HTMLElement {
  const cell = (text: string): HTMLElement => html("td", { class: "numeric" }, text);
  const line = html(
    "tr",
    {},
    html("th", { scope: "row" }, nameOf(id)),
    html("td", { class: "says" }, html("bdi", {}, visible(label === "" ? "–" : label))),
    html("td", {}, tokenText(tokens[position] ?? "?", 20)),
    cell(amount(activation)),
    cell(percent(share)),
    cell(percent(frequency)),
    html("td", { class: "numeric" }, bar((score ?? 0) / most), amount(score)),
  );
  line.addEventListener("pointerenter", () => mark(position));
  line.addEventListener("pointerleave", () => mark(-1));
  return line;
}

function tokenPanels({ token, firing, promoting }: OnToken): HTMLElement[] {
  const rows = (list: readonly OfToken[]): HTMLElement =>
    list.length === 0
      ? html("p", { class: "hint" }, "None in the index.")
      : table(["Feature", "What it means", "Examples that peak on it", "Effect on its logit", "Above zero on"], list.map(({ id, peaks, effect, frequency, label }) => [nameOf(id), html("bdi", {}, visible(label === "" ? "–" : label)), percent(peaks), signed(effect ?? 0), percent(frequency)]), (column) => column > 1);
  const name = visible(token);
  return [panel("firing", `Features whose strongest examples peak on ${name}`, rows(firing)), panel("promoting", `Features that raise the logit of ${name}`, html("p", { class: "note" }, "When they are as strong as ever, against the mean of all tokens."), rows(promoting))];
}

// Evidence: what was checked on this very run, how, and what came out. Caveats stand with it.
import type { Evidence, Support, Verdict } from "../api/finding";
import { html, panel, svg } from "../draw/element";
import { amount, percent } from "../draw/text";
import { span } from "./words";

const VERDICTS: Readonly<Record<Verdict, { text: string; mark: string }>> = {
  PASSED: { text: "passed", mark: "M3 8.5l3.2 3.2L13 4.8" },
  FAILED: { text: "failed", mark: "M4 4l8 8M12 4l-8 8" },
  NOTED: { text: "noted", mark: "M8 3.5v6M8 12.2v.6" },
};
const SUPPORT: Readonly<Record<Support, string>> = {
  OBSERVED: "Read from the run; nothing was changed",
  INTERVENED: "Measured by changing the model and running it again",
  KNOWN: "Compared with a known answer",
};

/** With folds, only what failed stands open; the rest is behind a summary. */
export function evidencePanel(what: string, evidence: readonly Evidence[], caveats: readonly string[], folds = false): HTMLElement {
  return panel(
    "evidence",
    "Evidence",
    ...(evidence.length === 0 ? [html("p", { class: "hint" }, `The ${what} carries no evidence.`)] : folds ? folded(evidence) : [checks(evidence)]),
    caveats.length === 0 ? null : html("div", { class: "caveats" }, html("h3", {}, "Keep in mind"), html("ul", {}, ...caveats.map((text) => html("li", {}, text)))),
  );
}

function checks(evidence: readonly Evidence[]): HTMLElement {
  return html("ul", { class: "checks" }, ...evidence.map(line));
}

function folded(evidence: readonly Evidence[]): HTMLElement[] {
  const of = (kind: Verdict): readonly Evidence[] => evidence.filter(({ verdict: each }) => each === kind);
  const behind = (name: string, some: readonly Evidence[]): HTMLElement[] => (some.length === 0 ? [] : [html("details", { class: "folded" }, html("summary", {}, `${name}: ${some.length}`), checks(some))]);
  const failed = of("FAILED");
  return [...(failed.length === 0 ? [] : [checks(failed)]), ...behind("Arithmetic that holds", of("PASSED")), ...behind("Explanatory, without pass or fail", of("NOTED"))];
}

/** The verdict as icon and word. */
export function verdict(kind: Verdict, text = VERDICTS[kind].text): HTMLElement {
  const icon = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: VERDICTS[kind].mark }));
  return html("span", { class: `verdict ${kind.toLowerCase()}` }, icon, text);
}

function line({ checked, support, measured, tolerance, verdict: kind, note }: Evidence): HTMLElement {
  const { value, level, unit } = measured;
  const figures = html("p", { class: "figures" }, html("b", {}, amount(value)));
  const interval = span(measured);
  if (interval !== "") figures.append(html("span", { title: `${percent(level ?? 0.95)} interval` }, interval));
  if (unit) figures.append(html("span", {}, ` ${unit}`));
  if (typeof tolerance === "number") figures.append(` · tolerance ${amount(tolerance)}`);
  return html(
    "li",
    { class: "check" },
    verdict(kind),
    html(
      "div",
      {},
      html("p", { class: "checked" }, checked, " ", html("span", { class: "support", title: SUPPORT[support] }, support.toLowerCase())),
      figures,
      note ? html("p", { class: "note" }, note) : null,
    ),
  );
}

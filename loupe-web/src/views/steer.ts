// The view of a steered run: what was changed, the next tokens before and after, and how the model goes on.
import type { Finding } from "../api/finding";
import type { Change, Continuations, Prediction, SteerReport, Swap } from "../api/steer";
import { html, panel, type Child } from "../draw/element";
import { amount, count, percent, signed, visible } from "../draw/text";
import { chart } from "../draw/chart";
import { evidencePanel } from "../frame/evidence";
import { term } from "../frame/glossary";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const steer: View = { schema: "loupe.steer/1", name: "This steered run", show };

type Steered = Finding<SteerReport>;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const steered = result as unknown as Steered;
  const { question, model, basis, held, divergence, predictions, evidence, caveats, provenance } = steered;
  document.title = `${question} · Loupe`;
  const [first] = predictions.toSorted((a, b) => (b.probabilityBefore ?? 0) - (a.probabilityBefore ?? 0));
  const [now] = predictions.toSorted((a, b) => (b.probabilityAfter ?? 0) - (a.probabilityAfter ?? 0));
  const figures: [string, string][] = [];
  if (first !== undefined && now !== undefined) {
    figures.push(["first before", `${shown(first)} ${percent(first.probabilityBefore)}`], ["first after", `${shown(now)} ${percent(now.probabilityAfter)}`]);
  }
  figures.push(["divergence", divergence === null ? "–" : `${amount(divergence)} nats`]);
  const head = header({
    what: "steer",
    theme: themeSwitch(),
    title: question,
    about: [html("p", {}, `${model} · `, term("basis"), `: ${basis} · held fixed: ${held}`)],
    evidence,
    figures,
  });
  headFirst(host, "This steered run", head, () => [
    html("main", { class: "steer" }, ...(steered.swap == null ? [] : [swapPanel(steered.swap, basis)]), changesPanel(steered), predictionsPanel(predictions), steered.continuations == null ? null : continuationsPanel(steered.prompt, steered.continuations), evidencePanel("run", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

/** How the answer goes over to the other prompt's, by how many features have the other prompt's activations. */
function swapPanel({ position, answer, other, candidates, needed, taken, curve, randomSets, randomArrived, randomProbability, removal }: Swap, basis: string): HTMLElement {
  const unit = basis === "neurons" ? "neuron" : "feature";
  const said = (text: string): HTMLElement => tokenText(text, 24);
  const of = (number: number): string => count(number, unit);
  const last = curve.find(({ features }) => features === taken) ?? curve.at(-1);
  const arrives = last?.top === other;
  const outcome = needed !== null
    ? html("p", { class: "outcome" }, html("b", {}, of(needed)), ` of ${candidates.toLocaleString("en")} at position ${position} turn `, said(answer), " into ", said(other), ".")
    : html("p", { class: "outcome" }, html("b", {}, of(taken)), ` at position ${position} ${arrives ? "turn" : "do not turn"} `, said(answer), " into ", said(other), arrives ? "." : `: the model says ${last === undefined ? "nothing" : `“${visible(last.top.trim() || last.top)}”`}.`);
  const points = curve.toSorted((a, b) => a.features - b.features);
  const most = Math.max(0.05, ...points.flatMap(({ own, other: theirs }) => [own ?? 0, theirs ?? 0]));
  const pointed = needed === null ? undefined : { x: needed, text: `${needed}: “${visible(other.trim() || other)}” instead` };
  const picture = chart({ label: `Probability by ${unit}s changed`, width: 960, height: 240, x: (features) => features.toLocaleString("en"), y: (share) => `${Math.round(100 * share)}%`, range: [0, Math.min(1, Math.ceil(most * 10) / 10)], spread: true, marks: points.map(({ features }) => features), pointed }, [
    { name: visible(answer), kind: "quiet", dots: true, points: points.map(({ features, own }) => ({ x: features, y: own ?? 0 })) },
    { name: visible(other), kind: "main", dots: true, points: points.map(({ features, other: theirs }) => ({ x: features, y: theirs ?? 0 })) },
  ]);
  const key = html("p", { class: "key" }, html("span", { class: "main" }, said(other)), html("span", {}, said(answer)));
  const random = randomSets === 0 ? null : html("p", { class: "note" }, `Random sets of ${of(taken)} of the same layers, given their activations in the other prompt: ${randomArrived} of ${randomSets} give the other answer, whose probability is ${percent(randomProbability)} on average.`);
  const without = html("p", { class: "note" }, `Without the first ${of(removal.features)} of the candidates that are active in this prompt (set to 0), `, said(answer), ` has ${percent(removal.own)} and the model says `, said(removal.top), `. Without as many random others of the same layers ${removal.randomChanged} of ${removal.randomSets} times it says something else, and `, said(answer), ` has ${percent(removal.randomOwn)} on average.`);
  const rows = points.map(({ features, own, other: theirs, top }) => [features.toLocaleString("en"), percent(own), percent(theirs), said(top)]);
  const title = `${unit.charAt(0).toUpperCase()}${unit.slice(1)}s`;
  const twin = html("details", { class: "twin" }, html("summary", {}, "As a table"), table([title, visible(answer), visible(other), "Model says"], rows, (column) => column < 3));
  return panel("swap", `What of the other prompt gives its answer`, outcome, key, picture, random, without, twin);
}

const shown = ({ text }: Prediction): string => visible(text.trim() === "" ? text : text.trim());

/** The prompt with the changed positions marked, and the changes. */
function changesPanel({ tokens, changes, from, basis }: Steered): HTMLElement {
  const isEverywhere = changes.some(({ position }) => position === null);
  const changed = new Set(changes.map(({ position }) => position));
  const prompt = tokens.map((text, i) => html("span", { class: isEverywhere || changed.has(i) ? "changed" : "", title: `position ${i}` }, tokenText(text, 40)));
  const where = ({ position }: Change): Child => (position === null ? "every position" : html("span", {}, tokenText(tokens[position] ?? "?", 20), ` (${position})`));
  const rows = changes.map((change) => [change.name, where(change), change.action, amount(change.before)]);
  return panel(
    "changes",
    "What was changed",
    html("p", { class: "prompt" }, ...prompt),
    from == null ? null : html("p", { class: "note" }, "Activations taken from ", html("bdi", {}, `“${from}”`)),
    table([basis === "neurons" ? "Neuron" : "Feature", "At", "Activation", "Was"], rows, (column) => column === 3),
  );
}

/** Two bars for each token; the colour is that of its change of probability. */
function predictionsPanel(predictions: readonly Prediction[]): HTMLElement {
  if (predictions.length === 0) return panel("predictions", "Next token", html("p", { class: "hint" }, "None: the changed run overflowed."));
  const most = Math.max(...predictions.flatMap(({ probabilityBefore, probabilityAfter }) => [probabilityBefore ?? 0, probabilityAfter ?? 0]), 1e-9);
  const rows = predictions.map((each) => {
    const before = each.probabilityBefore ?? 0;
    const after = each.probabilityAfter ?? 0;
    const points = (after - before) * 100;
    // The colour is that of the figure: one that reads 0.0 has none.
    const look = Math.abs(points) < 0.05 ? "" : points < 0 ? "lower" : "raise";
    const bars = html("span", { class: `pair ${look}`, "aria-hidden": "true" }, html("i", { class: "before" }), html("i", { class: "after" }));
    bars.style.setProperty("--before", `${(100 * before) / most}%`);
    bars.style.setProperty("--after", `${(100 * after) / most}%`);
    const by = `${look === "raise" ? "+" : look === "lower" ? "−" : ""}${Math.abs(points).toFixed(1)}`;
    return html(
      "tr",
      { class: look },
      html("th", { scope: "row" }, tokenText(each.text, 24)),
      html("td", { class: "bars" }, bars),
      html("td", { class: "numeric" }, percent(before)),
      html("td", { class: "numeric" }, percent(after)),
      html("td", { class: "numeric change" }, by),
      html("td", { class: "numeric" }, each.logitAfter === null || each.logitBefore === null ? "–" : signed(each.logitAfter - each.logitBefore)),
    );
  });
  const titles = ["Token", "Before and after", "Before", "After", "Change, points"].map((text, i) => html("th", { scope: "col", class: i > 1 ? "numeric" : "" }, text));
  const head = html("tr", {}, ...titles, html("th", { scope: "col", class: "numeric" }, term("Logit")));
  const note = html("p", { class: "note" }, "The thin bar is before, the thick one after. Blue rose, vermillion fell: by probability. Logits are relative to the mean of all; a token’s can fall while its probability rises.");
  return panel("predictions", "Next token", note, html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Next tokens before and after" }, html("table", { class: "scores shifts" }, html("thead", {}, head), html("tbody", {}, ...rows))));
}

/** Both texts; what they share at the beginning stands back. */
function continuationsPanel(prompt: string, { before, after }: Continuations): HTMLElement {
  let shared = 0;
  while (shared < Math.min(before.length, after.length) && before[shared] === after[shared]) shared++;
  // Where a word differs, all of it does.
  while (shared > 0 && shared < Math.max(before.length, after.length) && /\S/u.test(before[shared - 1] ?? " ")) shared--;
  const text = (name: string, whole: string): HTMLElement => html("div", {}, html("h3", {}, name), html("p", { class: "lines" }, html("bdi", {}, html("span", { class: "same" }, prompt, whole.slice(0, shared)), html("b", {}, whole.slice(shared)))));
  return panel("continuations", "How it goes on", html("div", { class: "two" }, text("before", before), text("after", after)));
}

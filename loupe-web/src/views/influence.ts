// The view of training documents that taught a completion: each coloured by token influence, through which maps they act, and which kinds of document they are.
import type { Finding } from "../api/finding";
import type { AskReport, ByFeature, ByNeuron, Influential, OfMap } from "../api/influence";
import { signedBar } from "../draw/bar";
import { html, panel, type Child } from "../draw/element";
import { amount, count, percent, shorten, signed, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { span } from "../frame/words";
import { choice } from "../panels/attributed";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const influence: View = { schema: "loupe.influence/1", name: "This answer", show };

type Influence = Finding<AskReport>;
type Sign = "both" | "positive" | "negative";

/** A token of more than this share of its document's largest has ink on its ground. */
const DEEP = 1 / 3;
/** Kinds of document that have a button of their own. */
const LABELS = 10;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Influence;
  const { question, model, loss, sequences, positive, negative, tail, index, refinement, filter, checkpoints, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const about = [`${model} · ${count(sequences, "document")} scored${index === null ? "" : " with the index of the fit"}${refinement === null ? "" : `, refined by ${count(refinement.iterations, "iteration")} of conjugate gradients`}${filter === null ? "" : `, selected from ${filter.documents.toLocaleString("en")} by ${filter.by === "bm25" ? "words (BM25)" : "embedding"}`}${checkpoints === null ? "" : `, by SOURCE over ${count(checkpoints.steps.length, "checkpoint")} of its training`}`];
  if (tail.low !== null) about.push(`The largest influences fall as a power law of exponent ${amount(tail.value)}${span(tail)}.`);
  const head = header({
    what: "influence",
    theme: themeSwitch(),
    title: question,
    about,
    evidence,
    figures: [
      ["loss of the completion", `${amount(loss)} nats`],
      ["largest positive share", percent(Math.max(0, ...positive.map(({ share }) => share ?? 0)))],
      [`share of the ${positive.length} likelier shown`, percent(total(positive.map(({ share }) => share)))],
      ["largest negative share", percent(Math.max(0, ...negative.map(({ share }) => share ?? 0)))],
    ],
  });
  headFirst(host, "This answer", head, () => [
    html("main", { class: "influence" }, documentsPanel(found), evidencePanel("answer", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

function total(values: readonly (number | null | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** The documents with their filters, and the maps through which those that are shown act. */
function documentsPanel(found: Influence): HTMLElement {
  const { positive, negative } = found;
  const all = [...positive, ...negative];
  const largest = Math.max(1e-300, ...all.map(({ influence: each }) => Math.abs(each ?? 0)));
  const rest = "Point at a token to read its influence.";
  const reading = html("output", { class: "reading" }, rest);
  const list = html("ol", { class: "documents" });
  const maps = html("div", { class: "by-map" });
  let sign: Sign = "positive";
  let label: string | null = null;
  const fill = (): void => {
    const shown = (sign === "both" ? all : sign === "positive" ? positive : negative).filter(({ labels }) => label === null || labels.includes(label));
    list.replaceChildren(...(shown.length === 0 ? [html("li", { class: "note" }, "None of the documents listed is one of these.")] : shown.map((each) => documentItem(each, largest))));
    maps.replaceChildren(byMap(found.maps, shown));
  };
  list.addEventListener("pointerover", (event) => {
    const one = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-says]") : null;
    reading.textContent = one?.dataset["says"] ?? rest;
  });
  const signs = choice<Sign>("Show", [[`make it likelier (${positive.length})`, "positive"], [`make it less likely (${negative.length})`, "negative"], ["both", "both"]], (one) => {
    sign = one;
    fill();
  });
  const kinds = labelsOf(all).slice(0, LABELS);
  const picks = kinds.length < 2 ? null : choice<string | null>("Label", [["all", null], ...kinds.map(([name, number]): [Child, string] => [`${visible(name)} (${number})`, name])], (one) => {
    label = one;
    fill();
  });
  fill();
  const note = html("p", { class: "note" }, "Blue tokens make the completion likelier, vermillion ones less likely; a deeper ground is a larger part of the document’s own influence. The colour stands on the token that the model learns to predict.");
  return html("div", { class: "found" }, panel("documents", "Training documents", note, signs, picks, reading, list), html("div", { class: "beside" }, panel("maps", "Where they act", html("p", { class: "note" }, "Influence of the documents shown through each linear map, the largest sum as the full bar."), maps), labelsPanel(found), flipPanel(found)));
}

/** Labels of the documents listed with how many have them, the most frequent first. */
function labelsOf(documents: readonly Influential[]): [string, number][] {
  const counts = new Map<string, number>();
  documents.forEach(({ labels }) => labels.forEach((label) => counts.set(label, (counts.get(label) ?? 0) + 1)));
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function documentItem({ id, labels, influence: score, share, cosine, tokens, neurons, features }: Influential, largest: number): HTMLElement {
  const value = score ?? 0;
  const most = Math.max(1e-300, ...tokens.map(({ influence: each }) => Math.abs(each ?? 0)));
  const pieces = tokens.slice(1).map(({ text }, i) => {
    const part = tokens[i]?.influence ?? 0;
    const size = Math.abs(part) / most;
    const says = `${visible(text)}: ${signed(part)} (${percent(value === 0 ? 0 : part / value)} of this document)`;
    // The space before a token is not part of its ground.
    const ink = text.trimStart();
    const one = html("span", { class: `unit ${part < 0 ? "lower" : "raise"}${size > DEEP ? " deep" : ""}${size < 0.02 ? " none" : ""}`, title: says, "data-says": says }, ink);
    one.style.setProperty("--share", `${(100 * size).toFixed(1)}%`);
    return [text.slice(0, text.length - ink.length), ink === "" ? "" : one];
  });
  return html(
    "li",
    { class: value < 0 ? "lower" : "raise" },
    html(
      "p",
      { class: "of-document" },
      html("b", {}, signed(value)),
      signedBar(value, largest),
      html("span", {}, `${percent(share)} of all ${value < 0 ? "negative" : "positive"}`),
      html("span", { title: "Cosine of the document’s gradient and the completion’s" }, `cosine ${amount(cosine)}`),
      html("bdi", { class: "id" }, shorten(visible(id), 60)),
      ...labels.map((label) => html("span", { class: "label" }, html("bdi", {}, shorten(visible(label), 40)))),
    ),
    html("p", { class: "attributed", dir: "auto" }, ...pieces.flat()),
    neurons === null ? null : throughNeurons(neurons),
    features === null ? null : throughFeatures(features),
  );
}

/** The features of a dictionary through which a document acts; the parts sum to its influence. */
function throughFeatures({ largest, others, error, outside }: ByFeature): HTMLElement {
  const parts = largest.map(({ layer, feature, influence: each }) => html("span", { class: (each ?? 0) < 0 ? "lower" : "raise", title: `Feature ${feature} of layer ${layer}` }, `${layer}/${feature} ${signed(each ?? 0)}`));
  return html("p", { class: "through" }, html("span", {}, "through features"), ...parts, html("span", {}, `others ${signed(others ?? 0)}`), html("span", { title: "Through MLPs, but not along the decoder rows of active features" }, `error ${signed(error ?? 0)}`), html("span", { title: "Attention, and MLPs to which the dictionary does not write" }, `outside ${signed(outside ?? 0)}`));
}

/** The neurons through which a document acts; the parts sum to its influence. */
function throughNeurons({ largest, others, outside }: ByNeuron): HTMLElement {
  const parts = largest.map(({ layer, neuron, influence: each }) => html("span", { class: (each ?? 0) < 0 ? "lower" : "raise", title: `Neuron ${neuron} of layer ${layer}` }, `${layer}/${neuron} ${signed(each ?? 0)}`));
  return html("p", { class: "through" }, html("span", {}, "through neurons"), ...parts, html("span", {}, `others ${signed(others ?? 0)}`), html("span", { title: "Biases of the MLPs’ output maps, and attention" }, `outside of neurons ${signed(outside ?? 0)}`));
}

/** What the documents do through each map: likelier and less likely apart. */
function byMap(maps: readonly OfMap[], documents: readonly Influential[]): HTMLElement {
  const sums = maps.map((_, m) => {
    const parts = documents.map((each) => each.byMap[m] ?? 0);
    return { raise: total(parts.filter((part) => part > 0)), lower: total(parts.filter((part) => part < 0)) };
  });
  const largest = Math.max(1e-300, ...sums.flatMap(({ raise, lower }) => [raise, -lower]));
  const rows = maps.map(({ name, layer }, m): Child[] => {
    const { raise = 0, lower = 0 } = sums[m] ?? {};
    const both = html("span", { class: "both" }, signedBar(lower, largest), signedBar(raise, largest));
    return [String(layer), html("bdi", { title: name }, shortName(name)), amount(lower), both, amount(raise)];
  });
  return table(["Layer", "Map", "Less likely", "Size", "Likelier"], rows, (column) => column === 2 || column === 4);
}

/** "layers.0.mlp_up" without what its row says already, in words. */
function shortName(name: string): string {
  return name.replace(/^.*?\.\d+\./, "").replaceAll("_", " ");
}

/** All documents by their first label. */
function labelsPanel({ labels, sequences }: Influence): HTMLElement | null {
  if (labels.length < 2) return null;
  const largest = Math.max(1e-300, ...labels.flatMap(({ positive, negative }) => [positive ?? 0, -(negative ?? 0)]));
  const rows = labels.slice(0, 20).map(({ name, documents, positive, negative }): Child[] => [tokenText(name, 40), documents.toLocaleString("en"), amount(negative), html("span", { class: "both" }, signedBar(negative ?? 0, largest), signedBar(positive ?? 0, largest)), amount(positive)]);
  return panel("labels", "All documents by label", html("p", { class: "note" }, `Sums over all ${count(sequences, "document")} that were scored, by the first label of each.`), table(["Label", "Documents", "Less likely", "Size", "Likelier"], rows, (column) => [1, 2, 4].includes(column)));
}

/** Documents in which two phrases change places. */
function flipPanel({ flip }: Influence): HTMLElement | null {
  if (flip === null) return null;
  const rows = flip.documents.map(({ text, influence: before, flipped }): Child[] => [html("bdi", {}, shorten(visible(text), 80)), amount(before), amount(flipped)]);
  const note = html("p", { class: "note" }, flip.documents.length === 0 ? "None of the documents that make it likelier has both phrases." : `“${visible(flip.phrase)}” and “${visible(flip.completion)}” change places in these documents: ${percent(flip.share.value)}${span(flip.share)} of their influence is left.`);
  return panel("flip", "In the other order", note, flip.documents.length === 0 ? null : table(["Text", "Before", "After"], rows, (column) => column > 0));
}

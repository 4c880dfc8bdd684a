// The view of one task's circuits in several models: heads and MLPs side by side with what is shared marked, the features likewise, and what the verdict rests on.
import type { CompareCircuitsReport, ComparedFeatures, Comparison, Effect, ModelCircuit, OfModel, Pairing, Swap, Verdict } from "../api/circuit-compare";
import type { Estimate, Finding } from "../api/finding";
import { button, html, panel, type Child } from "../draw/element";
import { intervals, type IntervalRow, type Mark } from "../draw/intervals";
import { count, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import type { View } from "./view";

export const circuitCompare: View = { schema: "loupe.circuit-compare/1", name: "This comparison", show };

type Compared = Finding<CompareCircuitsReport>;

const VERDICTS: Readonly<Record<Verdict, string>> = { SAME: "the same mechanism, by these figures", PARTLY: "partly the same", DIFFERENT: "not the same, by these figures" };
const EDGES = 8;
const PARTNERS = 20;

const brief = (value: number | null | undefined): string => (value ?? NaN).toFixed(2).replace("-", "−");
const p = (value: number | null): string => `p = ${(value ?? NaN).toFixed(3)}`;
const ranged = ({ value, low, high }: Estimate): string => (low === null || high === null ? brief(value) : `${brief(value)} [${brief(low)}, ${brief(high)}]`);
const mark = ({ value, low, high }: Estimate, kind: Mark["kind"] = "main"): Mark => ({ value: value ?? NaN, low, high, kind });
const row = (name: string, ...marks: readonly Mark[]): IntervalRow => ({ name, marks, ticks: [] });
const point = (value: number | null): Mark => ({ value: value ?? NaN, low: null, high: null, kind: "quiet" });

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Compared;
  const { question, metric, train, heldOut, models, comparisons, features, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const first = models[0]?.model ?? "–";
  const verdicts = comparisons.map((each) => {
    const other = features?.comparisons.find(({ model }) => model === each.model);
    return `${first} and ${each.model}: ${VERDICTS[each.verdict]}, in heads and MLPs${other === undefined ? "" : `; ${VERDICTS[other.verdict]}, in features`}.`;
  });
  const about = [...verdicts, `${metric} · ${count(train, "pair")} chose the circuits, ${heldOut} are compared · what is left out puts out the twin’s values`];
  const head = header({ what: "circuit: compare", theme: themeSwitch(), title: question, about, evidence });
  headFirst(host, "This comparison", head, () => [
    html("main", { class: "circuits" }, circuitsPanel(found), besidePanel(found), features === null ? null : featuresPanel(features), features === null ? null : partnersPanel(features), evidencePanel("comparison", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

/** Which parts of which model are partners: every link goes from the first model. */
class Links {
  private readonly partners = new Map<string, Set<string>>();

  constructor(comparisons: readonly Comparison[]) {
    comparisons.forEach(({ partners }, other) => partners.forEach(({ first, second }) => this.link(Links.key(0, first.name), Links.key(other + 1, second.name))));
  }

  static key(model: number, name: string): string {
    return `${model}:${name}`;
  }

  private link(one: string, other: string): void {
    this.partners.set(one, (this.partners.get(one) ?? new Set()).add(other));
    this.partners.set(other, (this.partners.get(other) ?? new Set()).add(one));
  }

  of(key: string): ReadonlySet<string> {
    return this.partners.get(key) ?? new Set();
  }
}

/** A column for each model: heads and MLPs, last layers on top. */
function circuitsPanel({ models, comparisons }: Compared): HTMLElement {
  const links = new Links(comparisons);
  const chips = new Map<string, HTMLButtonElement>();
  const light = (key: string): void => {
    for (const [other, element] of chips) element.dataset["flow"] = other === key ? "self" : links.of(key).has(other) ? "partner" : "";
  };
  const columns = models.map((model, number) => column(model, number, comparisons[number - 1], links, chips, light));
  const note = html("p", { class: "note" }, "Layers up; a filled part is in the model’s circuit, a marked one (◆) has a partner in the other model, a dashed one is a partner that is not in its own model’s circuit. The number is what the metric loses when it alone puts out the twin’s values. Point at one to see its partners.");
  return panel("circuits", "Attention heads and MLPs", note, html("div", { class: "columns" }, ...columns));
}

function column(model: ModelCircuit, number: number, comparison: Comparison | undefined, links: Links, chips: Map<string, HTMLButtonElement>, light: (key: string) => void): HTMLElement {
  const heads = model.components / model.layers - 1;
  const effects = new Map(model.nodes.map(({ name, effect }) => [name, effect]));
  const partners = new Map((comparison?.partners ?? []).map(({ second }) => [second.name, second.effect]));
  const cell = (name: string): HTMLElement => {
    const key = Links.key(number, name);
    const isOwn = effects.has(name);
    const isShared = links.of(key).size > 0;
    if (!isOwn && !isShared) return html("td", {}, html("span", { class: "part none", title: `${name}: not in the circuit` }, name));
    const effect = effects.get(name) ?? partners.get(name) ?? null;
    const others = [...links.of(key)].map((each) => each.replace(/^.*:/u, ""));
    const title = `${name}: ${isOwn ? "in the circuit" : "not in this model’s own circuit"}${isShared ? `, partner ${others.join(", ")}` : ", no partner"}; ablated alone ${brief(effect)}`;
    const element = button({ class: `part${isOwn ? " own" : " only"}${isShared ? " shared" : ""}`, title, "data-part": key }, () => light(key), isShared ? html("span", { "aria-label": "shared" }, "◆ ") : null, name, html("small", {}, brief(effect)));
    element.addEventListener("pointerenter", () => light(key));
    element.addEventListener("focus", () => light(key));
    element.style.setProperty("--share", `${(100 * Math.min(1, Math.abs(effect ?? 0))).toFixed(0)}%`);
    chips.set(key, element);
    return html("td", {}, element);
  };
  const names = (layer: number): string[] => [...Array.from({ length: heads }, (_, head) => `a${layer}.${head}`), `m${layer}`];
  const rows = Array.from({ length: model.layers }, (_, i) => model.layers - 1 - i).map((layer) => html("tr", {}, html("th", { scope: "row" }, String(layer)), ...names(layer).map(cell)));
  const words = `${model.nodes.length} of ${model.components} parts, faithfulness ${ranged(model.faithfulness)}; as many at random ${brief(model.random)} (${p(model.p)})`;
  const edges = model.edges.slice(0, EDGES).map(({ from, to, effect }): Child[] => [from, to, brief(effect)]);
  return html(
    "section",
    {},
    html("h3", {}, html("bdi", {}, visible(model.model))),
    html("p", { class: "note" }, words),
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Circuit of ${model.model}` }, html("table", { class: "parts" }, html("caption", { class: "spoken" }, `Heads and MLPs of ${model.model} by layer`), html("tbody", {}, ...rows))),
    edges.length === 0 ? null : html("details", {}, html("summary", {}, "Its strongest edges"), table(["from", "to", "effect"], edges, (at) => at > 1, `Strongest edges of ${model.model}`)),
  );
}

/** What the verdict on heads and MLPs rests on. */
function besidePanel({ models, comparisons }: Compared): HTMLElement {
  const likeness = comparisons.flatMap((each) => [
    row(`${each.model}: likeness`, { ...point(each.likeness), kind: "main" }),
    row(`texts permuted (${p(each.texts.p)})`, point(each.texts.mean)),
    row(`random circuits (${p(each.circuits.p)})`, point(each.circuits.mean)),
    ...(each.control === null ? [] : [row("the other task’s", point(each.control))]),
    ...(each.shuffled === null ? [] : [row("shuffled weights", point(each.shuffled))]),
  ]);
  const alone = comparisons.flatMap((each) => [
    row(`${each.model}: partners alone`, mark(each.functional.partners)),
    row("its own circuit", mark(each.functional.own, "quiet")),
    row(`random (${p(each.functional.p)})`, point(each.functional.random)),
    ...(each.functional.control === null ? [] : [row("the other task’s", point(each.functional.control))]),
  ]);
  const counts = comparisons.map((each): Child[] => [
    html("bdi", {}, visible(each.model)),
    `${each.partners.length} of ${models[0]?.nodes.length ?? 0}`,
    `${each.shared.value ?? 0} of ${each.shared.of}; by chance ${brief(each.shared.chance)} (${p(each.shared.p)})`,
    `${brief(each.depth.value)}; by chance ${brief(each.depth.chance)} (${p(each.depth.p)})`,
    `${each.kinds.value ?? 0} of ${each.kinds.of}; by chance ${brief(each.kinds.chance)} (${p(each.kinds.p)})`,
  ]);
  return panel(
    "beside",
    "How alike, and what the partners do alone",
    html("p", { class: "note" }, "First the mean correlation of activity and effects of partners, beside chance; then faithfulness in the other model when everything but the partners puts out the twin’s values."),
    html("div", { class: "pair-of-panels" }, intervals("likeness of partners, beside chance", likeness, brief), intervals("faithfulness of the partners alone", alone, brief)),
    table(["model", "have a partner", "in its own circuit", "apart in depth", "heads of one kind"], counts, () => false, "What was not matched on"),
  );
}

/** Circuits of features by layer, and what the first model's values do in the others. */
function featuresPanel({ models, comparisons, texts }: ComparedFeatures): HTMLElement {
  const columns = models.map((model, number) => {
    const matched = new Set(number === 0 ? comparisons.flatMap(({ partners }) => partners.map(({ first }) => address(first))) : (comparisons[number - 1]?.partners ?? []).map(({ second }) => address(second)));
    return layersOf(model, matched);
  });
  const swaps = comparisons.flatMap((each) => [
    row(`${each.model}: its own values`, mark(each.own.moved)),
    ...swapRows("affine map of the first’s", each.affine, "permuted texts"),
    ...swapRows("ranks of the first’s", each.rank, "shuffled partners"),
  ]);
  const figures = comparisons.map((each): Child[] => [html("bdi", {}, visible(each.model)), `${brief(each.likeness)}; texts permuted ${brief(each.texts.mean)} (${p(each.texts.p)}), random features ${brief(each.circuits.mean)} (${p(each.circuits.p)})`, followed(each.own), followed(each.affine.effect), followed(each.rank.effect)]);
  return panel(
    "features",
    "Features, and the first model’s values in the others",
    html("p", { class: "note" }, `Circuits of features, matched and mapped on ${texts} pairs; bars are members by layer, the strong part of each has a partner. Below: how far the metric moves towards the twin’s, as a share of the way, when the matched features get these values in held-out pairs.`),
    html("div", { class: "columns" }, ...columns),
    intervals("share of the way that the metric moves", swaps, brief),
    table(["model", "likeness", "follow: own", "follow: affine", "follow: ranks"], figures, () => false, "Likeness of features, and the share of pairs that follow"),
  );
}

function swapRows(name: string, { effect, random, randomP, fromRandom, fromRandomP, shuffled, shuffledP }: Swap, nothing: string): IntervalRow[] {
  return [row(`${name}`, mark(effect.moved)), row(`random features (${p(randomP)})`, point(random)), row(`random of the first (${p(fromRandomP)})`, point(fromRandom)), row(`${nothing} (${p(shuffledP)})`, point(shuffled))];
}

const followed = ({ followed: share }: Effect): string => ranged(share);
const address = ({ layer, feature }: { readonly layer: number; readonly feature: number }): string => `${layer}/${feature}`;

function layersOf({ model, basis, size, candidates, faithfulness, members }: OfModel, matched: ReadonlySet<string>): HTMLElement {
  const layers = [...new Set(members.map(({ feature }) => feature.layer))].toSorted((a, b) => b - a);
  const most = Math.max(1, ...layers.map((layer) => members.filter(({ feature }) => feature.layer === layer).length));
  const rows = layers.map((layer) => {
    const here = members.filter(({ feature }) => feature.layer === layer);
    const shared = here.filter(({ feature }) => matched.has(address(feature))).length;
    const bar = html("span", { class: "bar" }, html("i", {}));
    bar.style.setProperty("--all", `${((100 * here.length) / most).toFixed(1)}%`);
    bar.style.setProperty("--shared", `${((100 * shared) / Math.max(1, here.length)).toFixed(1)}%`);
    return html("tr", {}, html("th", { scope: "row" }, String(layer)), html("td", {}, bar), html("td", { class: "numeric" }, `${shared} of ${here.length}`));
  });
  return html(
    "section",
    {},
    html("h3", {}, html("bdi", {}, visible(model))),
    html("p", { class: "note" }, `${size.toLocaleString("en")} of ${candidates.toLocaleString("en")} in ${basis}, faithfulness ${ranged(faithfulness)}${members.length < size ? `; the ${members.length} largest are compared` : ""}`),
    html("table", { class: "layers" }, html("caption", { class: "spoken" }, `Features of ${model} by layer, and how many have a partner`), html("tbody", {}, ...rows)),
  );
}

/** Partners one to one, the most alike first. */
function partnersPanel({ models, comparisons }: ComparedFeatures): HTMLElement {
  const first = models[0]?.model ?? "–";
  const one = (each: Pairing): HTMLElement => {
    const alike = ({ activity, effects }: { readonly activity: number | null; readonly effects: number | null }): number => (activity ?? 0) + (effects ?? 0);
    const rows = each.partners.toSorted((a, b) => alike(b) - alike(a)).slice(0, PARTNERS);
    return html("section", {}, html("h3", {}, html("bdi", {}, visible(each.model))), table([first, each.model, "activity", "effects"], rows.map(({ first: own, second, activity, effects }) => [address(own), address(second), brief(activity), brief(effects)]), (at) => at > 1, `Partners in ${each.model}`));
  };
  return panel("partners", "Features that are partners", html("p", { class: "note" }, `The ${PARTNERS} most alike of each pair of models: correlation of activations over the texts, and over pairs of what ablating each does.`), html("div", { class: "columns" }, ...comparisons.map(one)));
}

// The view of documents that taught several models the same completions: figures by model, by pair, and each question's documents side by side.
import type { Estimate, Finding } from "../api/finding";
import type { CompareInfluenceReport, OfModel, Top } from "../api/influence";
import { html, panel, type Child } from "../draw/element";
import { amount, count, shorten, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { span } from "../frame/words";
import { choice } from "../panels/attributed";
import type { View } from "./view";

export const influenceCompare: View = { schema: "loupe.influence-comparison/1", name: "This comparison", show };

/** Questions that have a button of their own. */
const QUESTIONS = 40;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Finding<CompareInfluenceReport>;
  const { question, questions, documents, top, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const about = [`${count(questions, "question")}, the first ${top} of ${count(documents, "document")} for each model`];
  const head = header({ what: "influence: compare", theme: themeSwitch(), title: question, about, evidence });
  headFirst(host, "This comparison", head, () => [
    html("main", { class: "influence" }, modelsPanel(found), pairsPanel(found), documentsPanel(found), evidencePanel("comparison", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

/** A share with its interval; a dash where there is none. */
function figure(estimate: Estimate): string {
  return estimate.value === null ? "–" : `${amount(estimate.value)}${span(estimate)}`;
}

function modelsPanel({ models }: CompareInfluenceReport): HTMLElement {
  const rows = models.map(({ model, loss, words, wordsOfAll, answer, teachers, theme }): Child[] => [html("bdi", {}, visible(model)), ...[loss, words, wordsOfAll, answer, teachers, theme].map(figure)]);
  const note = html("p", { class: "note" }, "Of the top documents: the share of the question’s words that they have, beside that of all documents; the share that contains the answer; the share of those that state it found among them; and how often a paraphrase has more influence than a decoy with the same words (.5 by chance).");
  return panel("models", "Models", note, table(["Model", "Loss, nats", "Words", "Words in all", "Answer", "Teachers", "Paraphrase first"], rows));
}

function pairsPanel({ pairs }: CompareInfluenceReport): HTMLElement {
  const rows = pairs.map(({ first, second, documents, labels, order }): Child[] => [html("bdi", {}, `${visible(first)}, ${visible(second)}`), figure(documents), figure(labels), figure(order)]);
  return panel("pairs", "Pairs of models", table(["Models", "Same top documents", "Same labels", "Order of all"], rows));
}

/** The documents of one question, a column for each model; what another model has too is marked. */
function documentsPanel({ models }: CompareInfluenceReport): HTMLElement {
  const asked = (models[0]?.found ?? []).slice(0, QUESTIONS).map(({ question }) => question);
  const columns = html("div", { class: "columns" });
  const fill = (question: string): void => {
    const lists = models.map((model) => topOf(model, question));
    columns.replaceChildren(...models.map((model, m) => column(model.model, lists[m] ?? [], new Set(lists.flatMap((list, other) => (other === m ? [] : list.map(({ id }) => id)))))));
  };
  const picks = asked.length < 2 ? null : choice<string>("Question", asked.map((question): [Child, string] => [shorten(visible(question), 60), question]), fill);
  fill(asked[0] ?? "");
  return panel("documents", "Documents", html("p", { class: "note" }, "The largest influence first; a document that another model has among its first too is bold."), picks, columns);
}

function topOf({ found }: OfModel, question: string): readonly Top[] {
  return found.find((each) => each.question === question)?.documents ?? [];
}

function column(model: string, documents: readonly Top[], others: ReadonlySet<string>): HTMLElement {
  const items = documents.map(({ id, influence, text }) => html("li", { class: others.has(id) ? "shared" : "", title: visible(id) }, html("span", {}, amount(influence)), " ", html("bdi", {}, shorten(visible(text), 120))));
  return html("section", {}, html("h3", {}, html("bdi", {}, visible(model))), html("ol", {}, ...items));
}

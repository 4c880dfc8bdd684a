// The view of every finding that has none of its own: the question, the answer as tables, evidence and provenance.
import type { Envelope } from "../api/finding";
import { html, panel } from "../draw/element";
import { amount } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { areRows, factTable, isRow, rowTable } from "../frame/tables";
import { estimated, isEstimate, title, words } from "../frame/words";
import type { View } from "./view";

export const finding: View = { schema: "loupe.finding/1", name: "This result", show };

const ENVELOPE: ReadonlySet<string> = new Set<keyof Envelope>(["schema", "question", "evidence", "caveats", "provenance"]);
/** What was asked stands in the head as in every view. */
const SUBJECT: ReadonlySet<string> = new Set(["model", "basis"]);
/** Numbers that stand large at the head; more are rows of the answer. */
const FIGURES = 4;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const schema = String(result["schema"] ?? "nothing");
  if (typeof result["question"] !== "string") throw new Error(`Its schema is ${schema}, which this page does not know, and it has no “question” as findings have.`);
  const { question, evidence = [], caveats = [], provenance } = result as unknown as Pick<Envelope, "question"> & Partial<Envelope>;
  const what = schema.replace(/^loupe\./, "").replace(/\/\d+$/, "");
  const answer = Object.entries(result).filter(([name]) => !ENVELOPE.has(name));
  const figures = answer.filter(([, value]) => isFigure(value)).slice(0, FIGURES);
  const subject = answer.filter(([name, value]) => SUBJECT.has(name) && typeof value === "string");
  const rest = answer.filter((each) => !figures.includes(each) && !subject.includes(each));
  const single = rest.filter(([, value]) => !isPanel(value));
  document.title = `${question} · Loupe`;
  const main = (): HTMLElement => html(
    "main",
    { class: "finding" },
    single.length === 0 ? null : panel("answer", "Answer", factTable(Object.fromEntries(single))),
    ...rest.filter(([, value]) => isPanel(value)).map(([name, value]) => part(name, value)),
    evidencePanel("result", evidence, caveats),
  );
  const head = header({
    what: words(what),
    theme: themeSwitch(),
    title: question,
    about: subject.length === 0 ? [] : [subject.map(([name, value]) => (name === "model" ? String(value) : `${name}: ${String(value)}`)).join(" · ")],
    evidence,
    figures: figures.map(([name, value]) => [words(name), isEstimate(value) ? estimated(value) : amount(value as number)] as const),
  });
  headFirst(host, "This result", head, () => [main(), provenanceFooter(["Provenance", facts(provenance)])]);
}

/** A measured number; whole ones are counts and sizes, which stand among the other facts. */
function isFigure(value: unknown): boolean {
  return isEstimate(value) || (typeof value === "number" && !Number.isInteger(value));
}

function isPanel(value: unknown): boolean {
  return isRow(value) || areRows(value);
}

function part(name: string, value: unknown): HTMLElement {
  const content = areRows(value) ? rowTable(value) : factTable(value as Readonly<Record<string, unknown>>);
  return panel(`answer-${name}`, title(name), content);
}

// The view of the Token Highlighter: the query coloured by gradient norm or by the effect of deleting phrases, and what the model does with it before and after soft removal.
import type { HighlightReport, QueryToken, Response } from "../api/explain-highlight";
import type { Finding } from "../api/finding";
import { bar, signedBar } from "../draw/bar";
import { html, panel, type Child } from "../draw/element";
import { amount, count, percent, shorten, signed, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const highlight: View = { schema: "loupe.highlight/1", name: "This query", show };

type Highlighted = Finding<HighlightReport>;

const DEEP = 1 / 3;

/** An effect has a sign, a norm has none. */
const sizeText = (token: QueryToken): string => (token.ablated === null ? amount(sizeOf(token)) : signed(sizeOf(token)));

/** What chose the tokens: the effect of deleting their phrase where a refusal was given, else the gradient's norm. */
const sizeOf = ({ ablated, norm }: QueryToken): number => ablated ?? norm ?? 0;
const sizeName = (tokens: readonly QueryToken[]): string => (tokens.some(({ ablated }) => ablated !== null) ? "effect of its phrase" : "gradient norm");

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const highlighted = result as unknown as Highlighted;
  const { question, model, affirmation, tokens, before, after, evidence, caveats, provenance } = highlighted;
  document.title = `${question} · Loupe`;
  const change = (after.affirmation ?? NaN) - (before.affirmation ?? NaN);
  const head = header({
    what: "explain: highlight",
    theme: themeSwitch(),
    title: question,
    about: [model, `opening: “${visible(affirmation)}”`],
    evidence,
    figures: [
      ["highlighted", `${tokens.filter(({ selected }) => selected).length} of ${count(tokens.length, "token")}`],
      ["opening, before", `${amount(before.affirmation)} nats`],
      ["with soft removal", `${amount(after.affirmation)} nats`],
      ["change", Number.isFinite(change) ? signed(change) : "–"],
    ],
  });
  headFirst(host, "This query", head, () => [
    html("main", { class: "highlight" }, queryPanel(highlighted), responsesPanel(highlighted), strengthPanel(highlighted), evidencePanel("query", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

function queryPanel({ text, tokens }: Highlighted): HTMLElement {
  const rest = "Point at a token to read it.";
  const reading = html("output", { class: "reading" }, rest);
  const most = Math.max(1e-12, ...tokens.map(sizeOf));
  const by = sizeName(tokens);
  const all: (Node | string)[] = [];
  let end = 0;
  for (const [i, token] of tokens.entries()) {
    // The space before a token's first letter is part of it, and would stand inside the frame.
    const said = text.slice(Math.max(end, token.start), token.end);
    const ink = said.trimStart();
    all.push(text.slice(end, Math.max(end, token.start)), said.slice(0, said.length - ink.length));
    if (ink !== "") all.push(piece(ink, token, most, by, !samePhrase(token, tokens[i + 1])));
    end = Math.max(end, token.end);
  }
  all.push(text.slice(end));
  const prompt = html("p", { class: "attributed", dir: "auto" }, ...all);
  prompt.addEventListener("pointerover", (event) => {
    const one = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-says]") : null;
    reading.textContent = one?.dataset["says"] ?? rest;
  });
  const note = html("p", { class: "note" }, `A deeper ground: ${by === "gradient norm" ? "the log-probability of the opening changes faster with the token’s embedding" : "the opening loses more against the refusal when the token’s phrase is deleted alone"}. Framed with its number: highlighted, so that soft removal scales it down.`);
  return panel("query", "The query", note, prompt, reading);
}

/** Highlighted tokens of one phrase share one number, which the last of them carries. */
const samePhrase = (token: QueryToken, next: QueryToken | undefined): boolean => token.ablated !== null && next?.selected === true && next.ablated === token.ablated;

function piece(text: string, token: QueryToken, most: number, by: string, numbered: boolean): HTMLElement {
  const { selected } = token;
  const size = sizeOf(token);
  const share = Math.max(0, size / most);
  const says = `${visible(text)}: ${by} ${sizeText(token)}, ${percent(share)} of the largest${selected ? "; highlighted" : ""}`;
  const one = html("span", { class: `unit norm${share > DEEP ? " deep" : ""}${selected ? " selected" : ""}`, title: says, "data-says": says }, text, selected && numbered ? html("small", {}, sizeText(token)) : null);
  one.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
  return one;
}

/** Next tokens and answers, before and after. */
function responsesPanel({ before, after }: Highlighted): HTMLElement {
  const side = (name: string, when: string, { next, answer, affirmation }: Response): HTMLElement => {
    const likeliest = next.slice(0, 5);
    const most = Math.max(1e-12, ...likeliest.map(({ logProbability }) => Math.exp(logProbability ?? -Infinity)));
    const rows = likeliest.map(({ text, logProbability }): Child[] => {
      const probability = Math.exp(logProbability ?? -Infinity);
      return [tokenText(text, 24), bar(probability / most), percent(probability)];
    });
    return html(
      "section",
      {},
      html("h3", {}, name),
      html("p", { class: "note" }, `log-probability of the opening: ${amount(affirmation)} nats`),
      answer === "" ? null : html("p", { class: "lines said" }, html("bdi", {}, answer.trim())),
      table([`Next token, ${when}`, "Size", "Probability"], rows, (column) => column === 2),
    );
  };
  return panel("responses", "What the model does", html("div", { class: "two" }, side("As it is", "before", before), side("With soft removal", "after", after)));
}

function strengthPanel({ tokens, words }: Highlighted): HTMLElement {
  const strongest = tokens.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const by = sizeName(tokens);
  const most = Math.max(1e-12, ...tokens.map((token) => Math.abs(sizeOf(token))));
  const length = (token: QueryToken): HTMLElement => (token.ablated === null ? bar(sizeOf(token) / most) : signedBar(sizeOf(token), most));
  const rows = strongest.slice(0, 20).map((token): Child[] => [tokenText(token.text, 30), length(token), sizeText(token), token.selected ? "yes" : ""]);
  const pooled = words.map(({ text, meanOfNorms, normOfMean, frobenius }): Child[] => [html("bdi", {}, shorten(visible(text), 40)), amount(meanOfNorms), amount(normOfMean), amount(frobenius)]);
  const byWord = html("details", { class: "twin" }, html("summary", {}, `By ${count(words.length, "word")}`), table(["Word", "Mean of norms", "Norm of the mean", "Frobenius norm"], pooled, (column) => column > 0));
  const note = strongest.length > rows.length ? html("p", { class: "note" }, `The ${rows.length} strongest of ${count(tokens.length, "token")}.`) : null;
  return panel("strengths", `Tokens by ${by}`, note, table(["Token", "Size", by === "gradient norm" ? "Norm" : "Effect, nats", "Selected"], rows, (column) => column === 2), byWord);
}

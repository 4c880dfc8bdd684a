// The view of an explanation: the prompt coloured by what each part does for the answer, its units, and how far the scores can be trusted.
import type { ExplainReport, Removal, Scored, UnitScore } from "../api/explain";
import type { Finding } from "../api/finding";
import { signedBar } from "../draw/bar";
import { chart } from "../draw/chart";
import { button, html, panel, type Child } from "../draw/element";
import { intervals } from "../draw/intervals";
import { amount, count, shorten, signed, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { attributedText, choice, colourKey, largestOf, scoreOf, sentence, written, type Column } from "../panels/attributed";
import { tokenText } from "../panels/token";
import type { View } from "./view";

export const explain: View = { schema: "loupe.explain/1", name: "This explanation", show };

type Explained = Finding<ExplainReport>;

/** Rows of a table until all are asked for. */
const AT_REST = 12;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const explained = result as unknown as Explained;
  const { question, model, measured, whole, texts, levels, answer, evidence, caveats, provenance } = explained;
  document.title = `${question} · Loupe`;
  const [strongest] = ranked(levels.at(-1)?.units ?? [], "whole");
  const figures: [string, string][] = [["the answer", shorten(visible(answer.trim()), 40)]];
  if (strongest !== undefined) figures.push([`strongest ${strongest.level}`, `${shorten(visible(strongest.text), 24)} ${signed(scoreOf(strongest, "whole"))}`]);
  figures.push(["value of the whole prompt", amount(whole)]);
  const head = header({ what: "explain", theme: themeSwitch(), title: question, about: [`${model} · ${measured}`, `${levels.map(({ level, method }) => `${method} by ${level}`).join(", then ")} · ${count(texts, "text")} scored`], evidence, figures });
  headFirst(host, "This explanation", head, () => [
    html("main", { class: "explain" }, promptPanel(explained), unitsPanel(levels), tokensPanel(explained), removalPanel(levels), evidencePanel("explanation", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

const unitOf = ({ measured }: ExplainReport): string => (measured.includes("nats") ? "nats" : "");

/** Units with a score, the strongest first. */
function ranked(units: readonly UnitScore[], column: Column): UnitScore[] {
  const size = (unit: UnitScore): number => Math.abs(scoreOf(unit, column)) || 0;
  return units.filter(({ fixed }) => !fixed).toSorted((a, b) => size(b) - size(a));
}

function promptPanel(report: Explained): HTMLElement {
  const { levels, tokens } = report;
  const isCut = levels.length > 1;
  const rest = isCut ? "Point at a part to read what it does; press one to see its parts." : "Point at a part to read what it does.";
  const reading = html("output", { class: "reading" }, rest);
  const key = html("div", {});
  const recolourKey = (column: Column): void => key.replaceChildren(colourKey(Math.max(...levels.map((level) => largestOf(level, column))), unitOf(report)));
  const text = attributedText(report, (part, column) => (reading.textContent = part === null ? rest : sentence(part, report, column)));
  recolourKey("whole");
  const hasTokens = tokens.length > 1 && levels.some(({ units }) => units.some(({ byToken }) => byToken.length > 0));
  const columns: (readonly [Child, Column])[] = [["whole", "whole"], ...tokens.map((token, i) => [tokenText(token, 24), i] as const)];
  const answers = hasTokens
    ? choice("The answer", columns, (column) => {
        text.recolour(column);
        recolourKey(column);
      })
    : null;
  const numbers = button({ class: "quiet", "aria-pressed": "false" }, () => {
    const all = numbers.getAttribute("aria-pressed") === "false";
    numbers.setAttribute("aria-pressed", String(all));
    text.numberAll(all);
  }, "All numbers");
  const open = (label: string, isOpen: boolean): HTMLElement => button({ class: "quiet" }, () => text.openAll(isOpen), label);
  const tools = html("div", { class: "choices" }, numbers, ...(isCut ? [open("Open all", true), open("Fold all", false)] : []));
  const note = html("p", { class: "note" }, isCut ? "Each part is coloured relative to the strongest of its level. A frame holds the parts of a unit that was cut further; its own score stands at its beginning." : "Each part is coloured relative to the strongest one.");
  return panel("prompt", "What the answer hangs on", answers, key, text.element, reading, tools, note);
}

/** One level at a time; the last one first. */
function unitsPanel(levels: readonly Scored[]): HTMLElement {
  const host = html("div", {});
  const fill = (level: Scored, most: number): void => host.replaceChildren(...unitRows(level, most, () => fill(level, Infinity)));
  const last = levels.at(-1);
  if (last !== undefined) fill(last, AT_REST);
  const pick = levels.length < 2 ? null : choice("Units", levels.toReversed().map((level) => [`by ${level.level}`, level] as const), (level) => fill(level, AT_REST));
  return panel("units", "Units by strength", pick, host);
}

function unitRows(level: Scored, most: number, all: () => void): HTMLElement[] {
  const units = ranked(level.units, "whole");
  const largest = largestOf(level, "whole");
  const isInfilled = units.some(({ substitute }) => substitute !== "");
  const titles = ["Unit", "Supports or speaks against", "Score", ...(isInfilled ? ["In its place"] : [])];
  const rows = units.slice(0, most).map((unit) => {
    const score = scoreOf(unit, "whole");
    return html(
      "tr",
      { class: score < 0 ? "lower" : score > 0 ? "raise" : "" },
      html("th", { scope: "row" }, html("bdi", {}, shorten(visible(unit.text), 160))),
      html("td", { class: "bars" }, signedBar(score, largest)),
      html("td", { class: "numeric number" }, written(score, largest)),
      isInfilled ? html("td", {}, html("bdi", {}, unit.substitute === "" ? "–" : unit.substitute === unit.text ? "the same" : shorten(visible(unit.substitute), 60))) : null,
    );
  });
  const table = html("table", { class: "scores" }, html("thead", {}, html("tr", {}, ...titles.map((title, i) => html("th", { scope: "col", class: i === 2 ? "numeric" : "" }, title)))), html("tbody", {}, ...rows));
  const more = units.length > most ? button({ class: "quiet more" }, all, `Show all ${units.length.toLocaleString("en")}`) : null;
  return [html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Units" }, table), ...(more === null ? [] : [more])];
}

/** The units by the answer's tokens. */
function tokensPanel({ levels, tokens }: Explained): HTMLElement | null {
  const level = levels.findLast(({ units }) => units.some(({ byToken }) => byToken.length > 0));
  if (tokens.length < 2 || level === undefined) return null;
  const units = ranked(level.units, "whole").filter(({ byToken }) => byToken.length > 0).slice(0, 2 * AT_REST).toSorted((a, b) => a.start - b.start);
  const largest = Math.max(1e-12, ...units.flatMap(({ byToken }) => byToken.map((score) => Math.abs(score ?? 0))));
  const cell = (score: number | null): HTMLElement => {
    const share = Math.abs(score ?? 0) / largest;
    const one = html("td", { class: `numeric ${(score ?? 0) < 0 ? "lower" : "raise"}${share > 1 / 3 ? " deep" : ""}` }, written(score ?? NaN, largest));
    one.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
    return one;
  };
  const rows = units.map((unit) => html("tr", {}, html("th", { scope: "row" }, html("bdi", {}, shorten(visible(unit.text), 32))), ...unit.byToken.map(cell)));
  const head = html("tr", {}, html("td", {}), ...tokens.map((token) => html("th", { scope: "col" }, tokenText(token, 14))));
  const note = html("p", { class: "note" }, `What each ${level.level} does for each token of the answer, in nats; the strongest ${units.length} in the order of the prompt.`);
  return panel("tokens", "Answer token by answer token", note, html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Scores by the answer's tokens" }, html("table", { class: "by-token" }, html("thead", {}, head), html("tbody", {}, ...rows))));
}

/** What becomes of the value as units are left out. */
function removalPanel(levels: readonly Scored[]): HTMLElement | null {
  const shown = levels.filter(({ orders }) => orders.length > 0);
  if (shown.length === 0) return null;
  const host = html("div", {});
  const fill = (level: Scored): void => host.replaceChildren(...removal(level));
  fill(shown.at(-1) as Scored);
  const pick = shown.length < 2 ? null : choice("Units", shown.toReversed().map((level) => [`by ${level.level}`, level] as const), fill);
  return panel("removal", "What happens as units are left out", pick, html("p", { class: "note" }, "The first half of the units, in the order of the scores and in other orders. An order that finds what matters drops the value fast."), host);
}

function removal({ orders }: Scored): HTMLElement[] {
  const named = orders.filter(({ values }) => values.length > 1);
  const values = named.flatMap((order) => order.values.map((value) => value ?? NaN)).filter(Number.isFinite);
  const low = Math.min(...values, 0);
  const high = Math.max(...values, low + 1e-9);
  const points = (order: Removal): { x: number; y: number }[] => order.values.map((value, x) => ({ x, y: value ?? low }));
  const key = html("p", { class: "key" }, ...named.map(({ order }, i) => html("span", { class: i === 0 ? "main" : "" }, order)));
  const curve = chart({ label: "Value by units left out", width: 460, height: 220, range: [low, high], x: (left) => String(left), y: (value) => amount(value) }, named.map((order, i) => ({ name: order.order, kind: i === 0 ? ("main" as const) : ("quiet" as const), dots: true, points: points(order) })));
  const drops = intervals("Mean drop of the value over the half", orders.map(({ order, drop }, i) => ({ name: order, ticks: [], marks: [{ value: drop.value ?? 0, low: drop.low, high: drop.high, kind: i === 0 ? ("main" as const) : ("quiet" as const) }] })), amount);
  return [html("div", { class: "multiples wide" }, html("div", {}, key, curve), html("div", {}, html("h3", { class: "minor" }, "Mean drop over the half"), drops))];
}

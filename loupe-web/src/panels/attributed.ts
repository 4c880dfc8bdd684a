// A text coloured by the scores of its parts: blue supports, vermillion opposes, each with its number; a part that was cut further opens to its own parts.
import type { ExplainReport, Scored, UnitScore } from "../api/explain";
import { button, html, type Child } from "../draw/element";
import { amount, count, shorten, signed, visible } from "../draw/text";
import { rove, withArrows } from "./roving";

/** A part and where it stands among the units of its level. */
export interface Part {
  readonly unit: UnitScore;
  readonly level: number;
  readonly parts: readonly Part[];
}

/** The parts of the first level, each with those it was cut into. */
export function tree({ levels }: ExplainReport): readonly Part[] {
  const at = (level: number, place: number): readonly Part[] => {
    const unit = levels[level]?.units[place];
    const inside = (levels[level + 1]?.units ?? []).map((each, i) => ({ each, i })).filter(({ each }) => each.parent === place);
    const [only] = inside;
    // A unit that was not cut stands at the next level as it is.
    if (only !== undefined && inside.length === 1 && only.each.start === unit?.start && only.each.end === unit.end) return at(level + 1, only.i);
    return inside.map(({ each, i }) => ({ unit: each, level: level + 1, parts: at(level + 1, i) }));
  };
  return (levels[0]?.units ?? []).map((unit, i) => ({ unit, level: 0, parts: at(0, i) }));
}

/** Which column of the scores is shown: that of the whole answer, or one of its tokens. */
export type Column = number | "whole";

export function scoreOf(unit: UnitScore, column: Column): number {
  return (column === "whole" ? unit.score : unit.byToken[column]) ?? NaN;
}

export function largestOf({ units }: Scored, column: Column): number {
  return Math.max(0, ...units.filter(({ fixed }) => !fixed).map((unit) => Math.abs(scoreOf(unit, column))).filter(Number.isFinite));
}

/** A score as text; what is nothing beside the largest is nothing. */
export function written(score: number, largest: number): string {
  return !Number.isFinite(score) ? "–" : signed(Math.abs(score) < 1e-4 * largest ? 0 : score);
}

/** Numbers of scores below this share of the largest are left out, until they are asked for. */
const NAMED = 0.1;
/** From this depth on all of the text is ink. */
const DEEP = 1 / 3;

export interface Shown {
  readonly element: HTMLElement;
  /** Colours by another column. */
  recolour(column: Column): void;
  /** Opens or folds all parts. */
  openAll(open: boolean): void;
  /** Whether every number stands there. */
  numberAll(all: boolean): void;
}

/** The prompt; a part that is pointed at, focused or pressed is told to the listener. */
export function attributedText(report: ExplainReport, told: (part: Part | null, column: Column) => void): Shown {
  const roots = tree(report);
  const opened = new Set<Part>(roots.filter(({ parts }) => parts.length > 0).slice(0, 1));
  let column: Column = "whole";
  let isNumbered = false;
  let chosen: Part | null = null;
  const element = html("div", { class: "attributed", dir: "auto", role: "group", "aria-label": "The prompt with the score of each part" });
  withArrows(element, "[role=button]");

  const draw = (): void => {
    const focused = element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["at"] : undefined;
    element.replaceChildren(...pieces(roots, 0, report.text.length));
    const again = focused === undefined ? null : element.querySelector<HTMLElement>(`[data-at="${focused}"]`);
    rove(element, "[role=button]", again ?? undefined);
    again?.focus();
  };

  const pieces = (parts: readonly Part[], from: number, to: number): (Node | string)[] => {
    const all: (Node | string)[] = [];
    let end = from;
    for (const part of parts) {
      all.push(report.text.slice(end, part.unit.start));
      all.push(opened.has(part) ? open(part) : piece(part));
      end = part.unit.end;
    }
    all.push(report.text.slice(end, to));
    return all;
  };

  /** A part with its own parts in its place. */
  const open = (part: Part): HTMLElement => {
    const fold = html("span", { role: "button", tabindex: 0, class: "fold", "aria-expanded": "true", "data-at": keyOf(part), title: `Fold this ${part.unit.level}` }, html("span", { class: "spoken" }, `Fold the ${part.unit.level}, score `), `▾ ${written(scoreOf(part.unit, column), 0)}`);
    listen(fold, part, () => opened.delete(part));
    return html("span", { class: "opened" }, fold, ...pieces(part.parts, part.unit.start, part.unit.end));
  };

  const piece = (part: Part): HTMLElement => {
    const { unit, level, parts } = part;
    if (unit.fixed) return html("span", { class: "fixed", title: "always stayed" }, unit.text);
    const score = scoreOf(unit, column);
    const largest = largestOf(report.levels[level] as Scored, column);
    const share = largest > 0 && Number.isFinite(score) ? Math.abs(score) / largest : 0;
    const isShown = isNumbered || share >= NAMED;
    const look = ["unit", score < 0 ? "lower" : "raise", share > DEEP ? "deep" : "", part === chosen ? "chosen" : ""].filter((each) => each !== "").join(" ");
    const number = html("small", { class: isShown ? "" : "spoken" }, parts.length > 0 ? "▸" : "", written(score, largest));
    const cuts = parts.length > 0 ? { "aria-expanded": "false" } : { "aria-pressed": String(part === chosen) };
    const one = html("span", { role: "button", tabindex: -1, class: look, "data-at": keyOf(part), ...cuts }, unit.text, number);
    one.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
    listen(one, part, () => {
      if (parts.length > 0) opened.add(part);
      else chosen = chosen === part ? null : part;
    });
    return one;
  };

  const listen = (target: HTMLElement, part: Part, press: () => void): void => {
    const pressed = (): void => {
      press();
      draw();
      told(part, column);
    };
    target.addEventListener("click", pressed);
    target.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pressed();
    });
    target.addEventListener("pointerenter", () => told(part, column));
    target.addEventListener("pointerleave", () => told(chosen, column));
    target.addEventListener("focus", () => told(part, column));
  };

  const everyPart = (parts: readonly Part[]): Part[] => parts.flatMap((part) => [part, ...everyPart(part.parts)]);
  draw();
  return {
    element,
    recolour: (other) => {
      column = other;
      draw();
      told(chosen, column);
    },
    openAll: (isOpen) => {
      opened.clear();
      if (isOpen) everyPart(roots).filter(({ parts }) => parts.length > 0).forEach((part) => opened.add(part));
      draw();
    },
    numberAll: (all) => {
      isNumbered = all;
      draw();
    },
  };
}

const keyOf = ({ unit, level }: Part): string => `${level}/${unit.start}`;

/** What a part did, in one sentence. */
export function sentence({ unit, level, parts }: Part, report: ExplainReport, column: Column): string {
  const score = scoreOf(unit, column);
  const name = `“${shorten(visible(unit.text), 60)}”`;
  if (unit.fixed) return `${name} always stayed: it has no score.`;
  const largest = largestOf(report.levels[level] as Scored, column);
  const what = column === "whole" ? "the answer" : `“${visible(report.tokens[column] ?? "")}”`;
  const size = Math.abs(score) < 1e-4 * largest ? 0 : score;
  const effect = !Number.isFinite(score) ? "has no score here" : size > 0 ? `supports ${what}` : size < 0 ? `speaks against ${what}` : `makes no difference to ${what}`;
  const place = largest > 0 && Number.isFinite(score) ? `, ${Math.round((100 * Math.abs(score)) / largest)}% of the strongest ${unit.level === "segment" ? "unit" : unit.level}` : "";
  const instead = unit.substitute === "" ? "" : unit.substitute === unit.text ? "; the model expects the same there" : `; “${shorten(visible(unit.substitute), 40)}” stood in its place`;
  return `${name} ${effect}: ${written(score, largest)}${place}${instead}${parts.length > 0 ? `; cut into ${count(parts.length, "part")}` : ""}.`;
}

/** What the colours mean. */
export function colourKey(largest: number, unit: string): HTMLElement {
  return html("p", { class: "ramp" }, html("span", {}, `speaks against ${amount(-largest)}`), html("i", { "aria-hidden": "true" }), html("span", {}, `${signed(largest)} supports${unit === "" ? "" : ` (${unit})`}`));
}

/** One of several choices as a row of buttons; the first is chosen. */
export function choice<T>(name: string, all: readonly (readonly [Child, T])[], choose: (one: T) => void): HTMLElement {
  const buttons: HTMLButtonElement[] = all.map(([label, one], i) =>
    button({ class: "quiet", "aria-pressed": String(i === 0) }, () => {
      buttons.forEach((each, j) => each.setAttribute("aria-pressed", String(j === i)));
      choose(one);
    }, label),
  );
  return html("div", { class: "choices", role: "group", "aria-label": name }, html("span", { class: "hint" }, name), ...buttons);
}

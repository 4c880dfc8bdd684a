// The head of every view: what it is, its question, and at a glance whether its answer can be trusted.
import type { Evidence, Verdict } from "../api/finding";
import { button, html, type Child } from "../draw/element";
import { NEXT, showTheme } from "../draw/theme";
import { INITIAL, Store } from "../state/store";
import { brand } from "./brand";
import { verdict } from "./evidence";
import { glossed } from "./glossary";

const LONG = 180;

export interface Head {
  /** The word beside the name. */
  readonly what: string;
  readonly theme: HTMLElement;
  /** What leads to other results of the same page. */
  readonly choice?: HTMLElement | null;
  /** A text, or pieces where only some are the user's. */
  readonly title: string | readonly Child[];
  readonly about: readonly Child[];
  readonly evidence?: readonly Evidence[];
  /** How well the answer is explained, in a word, where that is judged apart from whether the arithmetic holds. */
  readonly judged?: HTMLElement | null;
  /** The few numbers that answer the question, each with its name. */
  readonly figures?: readonly (readonly [string, string])[];
}

export function header({ what, theme, choice = null, title, about, evidence = [], figures = [], judged }: Head): HTMLElement {
  const terms = figures.map(([name, value]) => html("div", {}, html("dt", {}, ...glossed(name)), html("dd", {}, value)));
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand(what), theme),
    choice,
    typeof title === "string" ? question(title) : html("h1", {}, ...title),
    html("div", { class: "about" }, ...about.map((part) => (typeof part === "string" ? html("p", {}, ...glossed(part)) : part)), evidence.length === 0 ? null : verdicts(evidence.map(({ verdict: kind }) => kind), judged)),
    terms.length === 0 ? null : html("dl", { class: "figures" }, ...terms),
  );
}

/** The question as a title; one with a long prompt in it is folded to a few lines. */
function question(text: string): HTMLElement {
  const heading = html("h1", { class: text.length > LONG ? "long folded" : "" }, html("bdi", {}, text));
  if (text.length <= LONG) return heading;
  const more = button({ class: "quiet", "aria-expanded": "false" }, () => {
    const folded = heading.classList.toggle("folded");
    more.textContent = folded ? "Show the whole prompt" : "Fold the prompt";
    more.setAttribute("aria-expanded", String(!folded));
  }, "Show the whole prompt");
  return html("div", { class: "question" }, heading, more);
}

/** How many checks passed, failed, and were noted; pressing goes to them. Where the answer is judged, what passed is arithmetic and says so. */
function verdicts(all: readonly Verdict[], judged: HTMLElement | null | undefined): HTMLElement {
  const go = (): void => {
    const evidence = document.getElementById("evidence");
    evidence?.querySelectorAll("details.folded").forEach((each) => each.setAttribute("open", ""));
    evidence?.scrollIntoView({ block: "start" });
  };
  const counted = (...kinds: Verdict[]): HTMLElement[] =>
    kinds.map((kind) => [kind, all.filter((each) => each === kind).length] as const).flatMap(([kind, number]) => (number === 0 ? [] : [verdict(kind, `${number} ${kind.toLowerCase()}`)]));
  if (judged === undefined) return button({ class: "verdicts", title: "Go to the evidence" }, go, html("span", {}, "Evidence"), ...counted("PASSED", "FAILED", "NOTED"));
  const part = (name: string, counts: readonly HTMLElement[]): HTMLElement | null => (counts.length === 0 ? null : html("span", { class: "part" }, name, " ", ...counts));
  return button({ class: "verdicts apart", title: "Go to the evidence" }, go, judged === null ? null : html("span", { class: "part" }, "Explanation ", judged), part("Arithmetic", counted("PASSED", "FAILED")), part("Explanatory", counted("NOTED")));
}

/** A button that goes through the themes; the choice stands in the address where the store is bound to it. */
export function themeSwitch(store: Store = new Store(INITIAL)): HTMLElement {
  const label = html("span", {});
  const element = button({ class: "quiet theme" }, () => store.update({ theme: NEXT[store.state.theme] }), label);
  store.watch(["theme"], () => {
    const { theme } = store.state;
    label.textContent = `Theme: ${theme}`;
    showTheme(theme);
  });
  return element;
}

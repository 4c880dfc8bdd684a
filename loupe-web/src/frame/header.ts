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
  /** The few numbers that answer the question, each with its name. */
  readonly figures?: readonly (readonly [string, string])[];
}

export function header({ what, theme, choice = null, title, about, evidence = [], figures = [] }: Head): HTMLElement {
  const terms = figures.map(([name, value]) => html("div", {}, html("dt", {}, ...glossed(name)), html("dd", {}, value)));
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand(what), theme),
    choice,
    typeof title === "string" ? question(title) : html("h1", {}, ...title),
    html("div", { class: "about" }, ...about.map((part) => (typeof part === "string" ? html("p", {}, ...glossed(part)) : part)), evidence.length === 0 ? null : verdicts(evidence.map(({ verdict: kind }) => kind))),
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

/** How many checks passed, failed, and were noted; pressing goes to them. */
function verdicts(all: readonly Verdict[]): HTMLElement {
  const go = (): void => document.getElementById("evidence")?.scrollIntoView({ block: "start" });
  const kinds: readonly Verdict[] = ["PASSED", "FAILED", "NOTED"];
  const counts = kinds.map((kind) => [kind, all.filter((each) => each === kind).length] as const).filter(([, number]) => number > 0);
  return button({ class: "verdicts", title: "Go to the evidence" }, go, html("span", {}, "Evidence"), ...counts.map(([kind, number]) => verdict(kind, `${number} ${kind.toLowerCase()}`)));
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

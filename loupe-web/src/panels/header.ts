// The question, and at a glance whether its answer can be trusted.
import type { Verdict } from "../api/trace";
import { brand } from "../draw/brand";
import { button, html } from "../draw/element";
import { count } from "../draw/text";
import { NEXT, showTheme } from "../draw/theme";
import type { Session } from "../state/session";
import { verdict } from "./evidence";

const LONG = 180;
const BASES: Readonly<Record<string, string>> = { neurons: "MLP neurons", sae: "SAE", plt: "per-layer transcoder", clt: "cross-layer transcoder" };

export function header({ trace, store }: Session): HTMLElement {
  const { name, layers, dtype } = trace.model;
  const about = [name, count(layers, "layer"), dtype, `basis: ${BASES[trace.basis] ?? trace.basis}${trace.dictionary === undefined ? "" : ` ${trace.dictionary.name}`}`].filter(Boolean).join(" · ");
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand("trace"), themeSwitch(store)),
    question(trace.question),
    html("div", { class: "about" }, html("p", {}, about), verdicts(trace.evidence?.map(({ verdict: kind }) => kind) ?? [])),
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

function themeSwitch(store: Session["store"]): HTMLElement {
  const label = html("span", {});
  const element = button({ class: "quiet theme" }, () => store.update({ theme: NEXT[store.state.theme] }), label);
  store.watch(["theme"], () => {
    const { theme } = store.state;
    label.textContent = `Theme: ${theme}`;
    showTheme(theme);
  });
  return element;
}

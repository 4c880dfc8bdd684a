// A feature's examples as a concordance: the peaks of all lines stand in one column, and each token's ground says how strong it is there.
import type { ExampleGroup, Feature, FeatureExample } from "../api/features";
import { button, html, panel } from "../draw/element";
import { amount, visible } from "../draw/text";

const AT_REST = 8;
/** From here on a ground asks for darker text. */
const STRONG = 0.3;
const BREAKS = /[\n\r\t]/gu;
/** How far below zero, as a share of the largest, a ground is worth drawing: neurons with a floor rest just below it. */
const DEEP = 0.25;
const MARKS: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥" };

interface Range {
  readonly largest: number;
  readonly floor: number;
}

export function examplesPanel(feature: Feature): HTMLElement {
  const high = Math.abs(feature.act_max ?? 0);
  const low = Math.abs(feature.act_min ?? 0);
  const range = { largest: Math.max(high, low), floor: low < DEEP * high ? 0 : -Infinity };
  const groups = feature.examples_quantiles.map((group) => section(group, range));
  const none = html("p", { class: "hint" }, "The feature was never active on the text that was read.");
  return panel("examples", "Examples", ...(groups.length === 0 ? [none] : groups));
}

/** The lines of some examples of one feature, none below zero. */
export function concordance(examples: readonly FeatureExample[]): HTMLElement {
  const largest = Math.max(...examples.map((each) => each.tokens_acts_list[each.train_token_ind] ?? 0));
  return html("ol", { class: "concordance" }, ...examples.map((each) => line(each, { largest, floor: 0 })));
}

function section({ quantile_name: name, examples }: ExampleGroup, range: Range): HTMLElement {
  const lines = examples.map((example) => line(example, range));
  const list = html("ol", { class: "concordance" }, ...lines.slice(0, AT_REST));
  const rest = lines.slice(AT_REST);
  if (rest.length === 0) return html("div", { class: "group" }, html("h3", {}, name), list);
  const more = button({ class: "quiet" }, () => {
    list.append(...rest);
    more.remove();
  }, `${rest.length} more`);
  return html("div", { class: "group" }, html("h3", {}, name), list, more);
}

function line(example: FeatureExample, range: Range): HTMLElement {
  const { tokens, train_token_ind: peak, tokens_acts_list: activations } = example;
  const spans = tokens.map((text, i) => token(text, activations[i] ?? 0, range, i === peak));
  const before = spans.slice(0, peak);
  const after = spans.slice(peak);
  return html(
    "li",
    {},
    html("span", { class: "number" }, amount(activations[peak])),
    html("span", { class: "before" }, html("span", {}, ...before)),
    html("span", { class: "after" }, ...after),
  );
}

function token(text: string, activation: number, { largest, floor }: Range, isPeak: boolean): HTMLElement {
  const span = html("bdi", { class: `at${isPeak ? " peak" : ""}${activation < 0 ? " negative" : ""}` }, text.replace(BREAKS, (mark) => MARKS[mark] ?? mark));
  if (activation !== 0) {
    span.title = `${visible(text)}: ${amount(activation)}`;
    const share = Math.min(1, Math.abs(activation) / largest);
    span.classList.toggle("strong", share > STRONG && activation > floor);
    if (activation > floor) span.style.setProperty("--strength", `${(share * 100).toFixed(0)}%`);
  }
  return span;
}

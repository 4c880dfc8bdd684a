// A feature's examples as a concordance: the peaks of all lines stand in one column, and each token's ground says how strong it is there.
import type { ExampleGroup, Feature, FeatureExample } from "../api/features";
import { button, html, panel } from "../draw/element";
import { amount, visible } from "../draw/text";

const AT_REST = 8;
const BREAKS = /[\n\r\t]/gu;
const MARKS: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥" };

export function examplesPanel(feature: Feature): HTMLElement {
  const largest = Math.max(Math.abs(feature.act_max ?? 0), Math.abs(feature.act_min ?? 0));
  const groups = feature.examples_quantiles.map((group) => section(group, largest));
  const none = html("p", { class: "hint" }, "The feature was never active on the text that was read.");
  return panel("examples", "Examples", ...(groups.length === 0 ? [none] : groups));
}

function section({ quantile_name: name, examples }: ExampleGroup, largest: number): HTMLElement {
  const lines = examples.map((example) => line(example, largest));
  const list = html("ol", { class: "concordance" }, ...lines.slice(0, AT_REST));
  const rest = lines.slice(AT_REST);
  if (rest.length === 0) return html("div", { class: "group" }, html("h3", {}, name), list);
  const more = button({ class: "quiet" }, () => {
    list.append(...rest);
    more.remove();
  }, `${rest.length} more`);
  return html("div", { class: "group" }, html("h3", {}, name), list, more);
}

function line(example: FeatureExample, largest: number): HTMLElement {
  const { tokens, train_token_ind: peak, tokens_acts_list: activations } = example;
  const spans = tokens.map((text, i) => token(text, activations[i] ?? 0, largest, i === peak));
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

function token(text: string, activation: number, largest: number, isPeak: boolean): HTMLElement {
  const span = html("bdi", { class: `at${isPeak ? " peak" : ""}${activation < 0 ? " below" : ""}` }, text.replace(BREAKS, (mark) => MARKS[mark] ?? mark));
  if (activation !== 0) {
    span.title = `${visible(text)}: ${amount(activation)}`;
    span.style.setProperty("--strength", `${(Math.min(1, Math.abs(activation) / largest) * 62).toFixed(0)}%`);
  }
  return span;
}

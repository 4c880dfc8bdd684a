// What a feature does beside firing: logits, histogram, relatives.
import type { Feature, Neighbour, TokenEffect } from "../api/features";
import type { Estimate } from "../api/finding";
import { bar, signedBar } from "../draw/bar";
import { html, panel } from "../draw/element";
import { histogram } from "../draw/histogram";
import { amount, percent, signed } from "../draw/text";
import { tokenText } from "./token";

export function effectsPanel({ promoted, suppressed }: Feature): HTMLElement | null {
  if (promoted.length + suppressed.length === 0) return null;
  const largest = Math.max(...[...promoted, ...suppressed].map(({ effect }) => Math.abs(effect)));
  const side = (title: string, look: "raise" | "lower", list: readonly TokenEffect[]): HTMLElement =>
    html(
      "div",
      { class: look },
      html("h3", { class: "minor" }, title),
      html("ul", {}, ...list.map(({ text, effect }) => html("li", {}, tokenText(text, 18), bar(Math.abs(effect) / largest, look), html("span", { class: "number" }, signed(effect))))),
    );
  const note = html("p", { class: "note" }, "Change of a token’s logit per unit of activation, directly through the last norm, relative to the mean of all tokens.");
  return panel("effects", "Direct effect on the logits", html("div", { class: "effects" }, side("Promotes", "raise", promoted), side("Suppresses", "lower", suppressed)), note);
}

export function histogramPanel({ histogram: counts, histogram_edges: edges, active }: Feature): HTMLElement | null {
  if (counts.length === 0) return null;
  const note = html("p", { class: "note" }, `${active.toLocaleString("en")} tokens above zero by strength, on a logarithmic axis; heights are square roots of counts.`);
  return panel("histogram", "Activations", histogram(counts, edges), note);
}

export function nearestPanel({ nearest }: Feature, known: (neighbour: Neighbour) => boolean): HTMLElement | null {
  if (nearest.length === 0) return null;
  const rows = nearest.map((neighbour) => {
    const { layer, index, cosine, label } = neighbour;
    const name = `${layer}/${index}`;
    const shown = known(neighbour) ? html("a", { href: `#${name}` }, name) : html("span", {}, name);
    return html("li", {}, shown, signedBar(cosine, 1), html("span", { class: "number" }, amount(cosine)), label === undefined ? null : html("span", { class: "says" }, html("bdi", {}, label.text)));
  });
  return panel("nearest", "Nearest decoder directions", html("ul", { class: "ranking" }, ...rows), html("p", { class: "note" }, "Cosine, over all layers."));
}

export function neuronsPanel({ neurons, layer }: Feature): HTMLElement | null {
  if (neurons.length === 0) return null;
  const rows = neurons.map(({ neuron, correlation }) => html("li", {}, html("span", {}, `${layer}/${neuron}`), signedBar(correlation, 1), html("span", { class: "number" }, amount(correlation))));
  return panel("neurons", "Correlated MLP neurons", html("ul", { class: "ranking" }, ...rows), html("p", { class: "note" }, "Pearson’s correlation over all tokens, largest of each sign."));
}

/** A label's score as words: 86% [78, 92]. */
export function score(name: string, { value, low, high }: Estimate): string {
  const interval = low === null || high === null ? "" : ` [${percent(low)}, ${percent(high)}]`;
  return `${name} ${percent(value)}${interval}`;
}

// What dictionaries were measured to be: loss recovered, what they leave unexplained for how many active features, and by layer.
import type { DictionaryFigures } from "../api/dictionary";
import type { Estimate } from "../api/finding";
import { html, panel } from "../draw/element";
import { scatter, type Dot } from "../draw/scatter";
import { table } from "../frame/tables";

/** Mean FVU and L0 of what ships with Loupe, on the Almanac's held-out documents (docs/dictionary.md). */
const SHIPPED: readonly (readonly [name: string, l0: number, fvu: number])[] = [
  ["almanac-clt", 30.0, 0.016],
  ["almanac-plt", 29.9, 0.028],
  ["almanac-3m-clt", 29.8, 0.019],
  ["almanac-sae-512", 32.1, 0.068],
  ["almanac-sae-2048", 32.0, 0.06],
  ["almanac-sae-8192", 31.9, 0.08],
];

/** A figure with its interval, in so many decimals. */
export function figure({ value, low, high }: Estimate, decimals: number): string {
  const text = (number: number | null): string => (number === null ? "–" : number.toFixed(decimals).replace(/^-/, "−"));
  return low === null || high === null ? text(value) : `${text(value)} [${text(low)}, ${text(high)}]`;
}

export function frontierPanel(measured: readonly DictionaryFigures[]): HTMLElement {
  const mine: Dot[] = measured.map(({ name, layers }) => ({ name, x: mean(layers.map(({ l0 }) => l0.value)), y: mean(layers.map(({ fvu }) => fvu.value)), kind: "main" }));
  const own = new Set(mine.map(({ name }) => name));
  const shipped: Dot[] = SHIPPED.filter(([name]) => !own.has(name)).map(([name, x, y]) => ({ name, x, y, kind: "quiet" }));
  const told = mine.map(({ name, x, y }) => `${name}: L0 ${x.toFixed(1)}, FVU ${y.toFixed(3)}`).join("; ");
  const key = html("p", { class: "key points" }, html("span", { class: "main" }, "measured here"), html("span", { class: "quiet" }, "shipped with Loupe, each on its own model"));
  const note = html("p", { class: "note" }, "Fraction of variance unexplained (FVU) for how many features are active at a position (L0), means over layers. Lower and further left is better.");
  return panel("frontier", "What is left unexplained, and at which price", note, key, scatter(`FVU by L0. ${told}`, "L0, active features", "FVU", [...mine, ...shipped]));
}

/** By layer; a transcoder's layers are replaced together, an SAE's one after the other. */
export function layersPanel({ name, layers, replaced }: DictionaryFigures, at: number): HTMLElement {
  const single = replaced.length === layers.length && layers.length > 1;
  const columns = ["Layer", "FVU", "L0", "Never active", ...(single ? ["Loss recovered"] : [])];
  const rows = layers.map(({ layer, fvu, l0, dead, features }, i) => [
    String(layer),
    figure(fvu, 4),
    figure(l0, 1),
    `${dead.toLocaleString("en")} of ${features.toLocaleString("en")}`,
    ...(single && replaced[i] !== undefined ? [figure(replaced[i].lossRecovered, 4)] : []),
  ]);
  return panel(`layers-${at}`, `${name}, by layer`, table(columns, rows));
}

export function replacedPanel({ name, replaced }: DictionaryFigures, at: number): HTMLElement | null {
  if (replaced.length === 0) return null;
  const columns = ["Reconstructed", "Next token agrees", "Where one leads by 10%", "KL, nats", "Loss: model", "reconstructed", "zeros"];
  const rows = replaced.map((each) => [each.at, figure(each.agreement, 3), figure(each.clearAgreement, 3), figure(each.divergence, 4), figure(each.loss, 3), figure(each.replacedLoss, 3), figure(each.zeroLoss, 3)]);
  const note = html("p", { class: "note" }, "The model with reconstructions in place of its own values, against the same places set to zero. Losses are cross entropy in nats.");
  return panel(`replaced-${at}`, `The model with ${name} in place`, note, table(columns, rows));
}

/** The least over what was replaced: the headline. */
export function recovered({ replaced }: DictionaryFigures): Estimate | undefined {
  return replaced.map(({ lossRecovered }) => lossRecovered).toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

export function mean(values: readonly (number | null)[]): number {
  const numbers = values.filter((value) => value !== null);
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

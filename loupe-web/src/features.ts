// The page of features: what each does on text, to the logits, and beside others.
import { readFeatures, type Feature, type Features } from "./api/features";
import { brand } from "./draw/brand";
import { html } from "./draw/element";
import { amount, percent } from "./draw/text";
import { themeSwitch } from "./draw/theme";
import { checksPanel } from "./panels/evidence";
import { examplesPanel } from "./panels/examples";
import { effectsPanel, histogramPanel, nearestPanel, neuronsPanel, score } from "./panels/feature";

const name = ({ layer, index }: { layer: number; index: number }): string => `${layer}/${index}`;
const title = (feature: Feature): string => feature.label?.text ?? `Feature ${name(feature)}`;

function start(host: HTMLElement): void {
  const all = readFeatures(document.getElementById("loupe-data")?.textContent ?? "{}");
  const theme = themeSwitch();
  const show = (): void => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const feature = all.features.find((each) => name(each) === wanted) ?? all.features[0];
    if (feature === undefined) throw new Error("It holds no feature.");
    document.title = `${name(feature)} ${title(feature)} · Loupe`;
    host.replaceChildren(header(all, feature, theme), main(all, feature), footer(all));
  };
  addEventListener("hashchange", show);
  show();
}

function header(all: Features, feature: Feature, theme: HTMLElement): HTMLElement {
  const about = [`${all.basis === "neurons" ? "Neuron" : "Feature"} ${name(feature)}`, all.basis === "neurons" ? null : all.basis, all.model.name, `read on ${all.tokens.toLocaleString("en")} tokens`];
  const figures: [string, string][] = [
    ["above zero on", percent(feature.activation_frequency)],
    ["largest", amount(feature.act_max)],
    ["mean", amount(feature.mean)],
  ];
  if (typeof feature.act_min === "number" && feature.act_min < 0) figures.push(["lowest", amount(feature.act_min)]);
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand("features"), theme),
    all.features.length > 1 ? choice(all.features, feature) : null,
    html("h1", {}, html("bdi", {}, title(feature))),
    html("div", { class: "about" }, html("p", {}, about.filter((part) => part !== null).join(" · ")), origin(feature)),
    html("dl", { class: "figures" }, ...figures.map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, value)))),
  );
}

/** Who says what the title says, and how well it stood the test. */
function origin({ label }: Feature): HTMLElement | null {
  if (label === undefined) return null;
  const scores = [label.detection && score("detection", label.detection), label.fuzzing && score("fuzzing", label.fuzzing)].filter((text) => text !== undefined);
  const by = label.heuristic ? "label by rule, not by a model" : `label by ${label.source}`;
  return html("p", { class: `origin${label.heuristic ? " heuristic" : ""}` }, [by, ...scores].join(" · "));
}

function choice(features: readonly Feature[], shown: Feature): HTMLElement {
  const links = features.map((feature) => html("a", { href: `#${name(feature)}`, "aria-current": feature === shown ? "page" : null, title: title(feature) }, name(feature)));
  return html("nav", { class: "choice", "aria-label": "Features" }, ...links);
}

function main(all: Features, feature: Feature): HTMLElement {
  const known = (other: { layer: number; index: number }): boolean => all.features.some((each) => name(each) === name(other));
  const aside = [effectsPanel(feature), histogramPanel(feature), nearestPanel(feature, known), neuronsPanel(feature)].filter((part) => part !== null);
  return html(
    "main",
    { class: "feature" },
    html("div", { class: "view" }, examplesPanel(feature), checksPanel("feature", feature.evidence, feature.caveats)),
    html("aside", { "aria-label": "What it does" }, ...aside),
  );
}

function footer({ index, provenance }: Features): HTMLElement {
  const { inputs = [], ...rest } = provenance ?? {};
  const facts: [string, unknown][] = [...Object.entries(index), ...inputs.map((input): [string, unknown] => [input.name, input.sha256]), ...Object.entries(rest)];
  const list = facts.map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, typeof value === "number" ? amount(value) : String(value))));
  return html("footer", { "aria-label": "Provenance" }, html("h2", {}, "Provenance"), html("dl", {}, ...list), html("p", { class: "note" }, "Everything on this page is in this one file; it loads nothing from anywhere."));
}

const host = document.getElementById("loupe");
if (host !== null) {
  try {
    start(host);
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    host.replaceChildren(html("p", { class: "failure", role: "alert" }, "These features cannot be shown. ", message));
  }
}

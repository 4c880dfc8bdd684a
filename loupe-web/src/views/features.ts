// The view of features: what each does on text, to the logits, and beside others.
import { readFeatures, type Feature, type Features } from "../api/features";
import { html, panel } from "../draw/element";
import { amount, percent } from "../draw/text";
import { command, quoted } from "../frame/command";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { examplesPanel } from "../panels/examples";
import { effectsPanel, histogramPanel, nearestPanel, neuronsPanel, score } from "../panels/feature";
import type { View } from "./view";

export const features: View = { schema: "loupe.features/1", name: "These features", show: start };

const name = ({ layer, index }: { layer: number; index: number }): string => `${layer}/${index}`;
const title = (feature: Feature): string => feature.label?.text ?? `Feature ${name(feature)}`;

function start(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const all = readFeatures(result);
  const theme = themeSwitch();
  let first = true;
  const show = (): void => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const feature = all.features.find((each) => name(each) === wanted) ?? all.features[0];
    if (feature === undefined) throw new Error("It holds no feature.");
    document.title = `${name(feature)} ${title(feature)} · Loupe`;
    const rest = (): HTMLElement[] => [main(all, feature), provenanceFooter(["Provenance", [...Object.entries(all.index), ...facts(all.provenance)]])];
    const top = head(all, feature, theme);
    if (first) headFirst(host, "These features", top, rest);
    else host.replaceChildren(top, ...rest());
    first = false;
  };
  addEventListener("hashchange", show);
  show();
}

function head(all: Features, feature: Feature, theme: HTMLElement): HTMLElement {
  const about = [`${all.basis === "neurons" ? "Neuron" : "Feature"} ${name(feature)}`, all.basis === "neurons" ? null : all.basis, all.model.name, `read on ${all.tokens.toLocaleString("en")} tokens`];
  const figures: [string, string][] = [
    ["above zero on", percent(feature.activation_frequency)],
    ["largest", amount(feature.act_max)],
    ["mean", amount(feature.mean)],
  ];
  if (typeof feature.act_min === "number" && feature.act_min < 0) figures.push(["lowest", amount(feature.act_min)]);
  return header({
    what: "features",
    theme,
    choice: all.features.length > 1 ? choice(all.features, feature) : null,
    title: title(feature),
    about: [about.filter((part) => part !== null).join(" · "), origin(feature)],
    evidence: feature.evidence,
    figures,
  });
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

/** The way to traces that the feature has a part in, and to a run without it. */
function elsewherePanel({ basis, model }: Features, feature: Feature): HTMLElement | null {
  const example = feature.examples_quantiles[0]?.examples[0];
  if (example === undefined) return null;
  const prompt = example.tokens.slice(0, example.train_token_ind + 1).join("").trimStart();
  const options = `--model ${model.name}${basis === "neurons" ? "" : ` --basis ${basis}`}`;
  return panel(
    "elsewhere",
    "In a trace",
    command("Trace its strongest example", `loupe trace ${quoted(prompt)} ${options} --html trace.html`),
    command("Ablate it there", `loupe steer ${quoted(prompt)} --ablate ${name(feature)} ${options} --html steer.html`),
    html("p", { class: "note" }, `In a trace’s page, #find=L${name(feature)} in the address finds it.`),
  );
}

function main(all: Features, feature: Feature): HTMLElement {
  const known = (other: { layer: number; index: number }): boolean => all.features.some((each) => name(each) === name(other));
  const aside = [effectsPanel(feature), histogramPanel(feature), nearestPanel(feature, known), neuronsPanel(feature), elsewherePanel(all, feature)].filter((part) => part !== null);
  return html(
    "main",
    { class: "feature" },
    html("div", { class: "view" }, examplesPanel(feature), evidencePanel("feature", feature.evidence, feature.caveats)),
    html("aside", { "aria-label": "What it does" }, ...aside),
  );
}

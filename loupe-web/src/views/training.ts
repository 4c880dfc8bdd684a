// The view of a training, of a model or of dictionaries: how the loss fell, what was learned, and what it was made of.
import type { Measured } from "../api/dictionary";
import type { Finding } from "../api/finding";
import type { Probe, TrainingReport, TrainingStep } from "../api/training";
import { chart, type Point } from "../draw/chart";
import { html, panel } from "../draw/element";
import { strip } from "../draw/strip";
import { amount, percent } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { factTable, table } from "../frame/tables";
import { plain, title } from "../frame/words";
import { figure, frontierPanel, layersPanel, recovered, replacedPanel } from "../panels/dictionaries";
import type { View } from "./view";

export const training: View = { schema: "loupe.training/1", name: "This training", show };

type Training = Partial<Finding<Partial<Measured>>> & TrainingReport;

const WIDE = { width: 960, height: 300 };
const SMALL = { width: 460, height: 170 };

const tokens = (value: number): string => (value >= 1e6 ? `${round(value / 1e6)} M tokens` : value >= 1e3 ? `${round(value / 1e3)} k tokens` : `${round(value)} tokens`);
const round = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
const short = (value: number): string => tokens(value).replace(" tokens", "").replace(" ", "\u202f");
const points = <T extends { tokens: number }>(list: readonly T[], y: (item: T) => number | null): Point[] => list.map((item) => ({ x: item.tokens, y: y(item) ?? NaN }));

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const training = result as unknown as Training;
  document.title = `${training.title} · Loupe`;
  headFirst(host, "This training", head(training), () => [main(training), provenanceFooter(["Provenance", facts(training.provenance)])]);
}

function main(training: Training): HTMLElement {
  const { dictionaries = [], evidence, caveats = [] } = training;
  return html(
    "main",
    { class: "training" },
    dictionaries.length === 0 ? null : frontierPanel(dictionaries),
    lossPanel(training),
    ...dictionaries.flatMap((each, at) => [layersPanel(each, at), replacedPanel(each, at)]).filter((part) => part !== null),
    training.probes.length === 0 ? null : probesPanel(training.probes),
    coursePanel(training),
    ...Object.entries(training.sections).map(([name, facts_]) => panel(`section-${name}`, title(name), factTable(facts_))),
    evidence === undefined ? null : evidencePanel("training", evidence, caveats),
  );
}

function head({ title: text, result, sections, evaluations, steps, lossLabel, dictionaries = [], evidence = [] }: Training): HTMLElement {
  const model = sections["model"] ?? {};
  const about = [
    model["layers"] === undefined ? null : `${plain(model["layers"])} ${model["layers"] === 1 ? "layer" : "layers"} × ${plain(model["width"])}`,
    model["parameters"] === undefined ? null : `${plain(model["parameters"])} parameters`,
    `step ${result.step.toLocaleString("en")} of ${result.steps.toLocaleString("en")}`,
    result.finished ? "finished" : "interrupted",
  ];
  const last = steps.at(-1);
  const held = evaluations.at(-1);
  const figures: (readonly [string, string])[] = [];
  for (const each of dictionaries) {
    const least = recovered(each);
    if (least !== undefined) figures.push([`loss recovered${dictionaries.length > 1 ? `, ${each.name}` : ""}`, figure(least, 4)]);
  }
  if (held !== undefined) figures.push(["held-out loss", amount(held.loss)]);
  if (last !== undefined && dictionaries.length === 0) figures.push([lossLabel === undefined || lossLabel === "nats a token" ? "training loss" : lossLabel, amount(last.loss)]);
  if (last !== undefined) figures.push(["read", tokens(last.tokens)]);
  return header({ what: dictionaries.length > 0 ? "dictionary: training" : "training", theme: themeSwitch(), title: text, about: [about.filter((part) => part !== null).join(" · ")], evidence, figures });
}

function lossPanel({ steps, evaluations, lossLabel }: Training): HTMLElement {
  const key = html("p", { class: "key" }, html("span", { class: "quiet" }, "training"), evaluations.length > 0 ? html("span", { class: "main" }, "held-out documents") : null);
  const picture = chart({ ...WIDE, label: `${lossLabel ?? "nats a token"}, logarithmic`, x: short, y: amount, logarithmic: true }, [
    { name: "training", kind: "quiet", points: points(steps, ({ loss }) => loss) },
    { name: "held out", kind: "main", dots: true, points: points(evaluations, ({ loss }) => loss) },
  ]);
  return panel("loss", "Loss over tokens read", key, picture);
}

/** A strip for each kind of question, from the first measurement to the last, with the last score. */
function probesPanel(probes: readonly Probe[]): HTMLElement {
  const rows = probes.map(({ name, points: all }) => {
    const last = all.at(-1);
    const cells = all.map(({ right, total, tokens: at }) => ({ share: total === 0 ? 0 : right / total, at: tokens(at) }));
    const figures = last === undefined ? ["", "", ""] : [`${last.right} of ${last.total}`, percent(last.right / last.total), `${percent(last.low)} – ${percent(last.high)}`];
    return [name, strip(name, cells), ...figures];
  });
  const from = Math.min(...probes.flatMap(({ points: all }) => all.map((each) => each.tokens)));
  const to = Math.max(...probes.flatMap(({ points: all }) => all.map((each) => each.tokens)));
  const note = html("p", { class: "note" }, `A question counts as correct when greedy generation would produce the answer. Each strip runs from ${tokens(from)} to ${tokens(to)}; pale is 0%, deep is 100%. Intervals are Wilson’s, 95%, of the last scores.`);
  return panel("questions", "Questions answered correctly", note, html("div", { class: "strips" }, table(["Questions", "Over the training", "Right", "Share", "95% interval"], rows, (column) => column > 1)));
}

function coursePanel({ steps }: Training): HTMLElement {
  const one = (label: string, pick: (step: TrainingStep) => number | null): HTMLElement => chart({ ...SMALL, label, x: short, y: amount }, [{ name: label, kind: "quiet", points: points(steps, pick) }]);
  return panel(
    "course",
    "Course of the training",
    html(
      "div",
      { class: "multiples wide" },
      one("learning rate", ({ learningRate }) => learningRate),
      steps.some(({ gradientNorm }) => (gradientNorm ?? 0) > 0) ? one("gradient norm", ({ gradientNorm }) => gradientNorm) : null,
      one("tokens a second", ({ tokensPerSecond }) => tokensPerSecond),
    ),
  );
}

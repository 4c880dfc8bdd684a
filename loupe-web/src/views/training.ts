// The view of a training: how the loss fell, what the model came to know, and what it was made of.
import { readTraining, type Probe, type Training } from "../api/training";
import { chart, type Point } from "../draw/chart";
import { html, panel } from "../draw/element";
import { amount, percent } from "../draw/text";
import { header, themeSwitch } from "../frame/header";
import { provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { plain } from "../frame/words";
import type { View } from "./view";

export const training: View = { schema: "loupe.training/1", name: "This training", show };

const WIDE = { width: 960, height: 300 };
const SMALL = { width: 460, height: 170 };
const TINY = { width: 320, height: 130 };

const tokens = (value: number): string => (value >= 1e6 ? `${round(value / 1e6)} M tokens` : value >= 1e3 ? `${round(value / 1e3)} k tokens` : `${round(value)} tokens`);
const round = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
const short = (value: number): string => tokens(value).replace(" tokens", "").replace(" ", "\u202f");
const points = <T extends { tokens: number }>(list: readonly T[], y: (item: T) => number): Point[] => list.map((item) => ({ x: item.tokens, y: y(item) }));

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const training = readTraining(result);
  document.title = `${training.title} · Loupe`;
  host.replaceChildren(head(training), html("main", { class: "training" }, lossPanel(training), ...questions(training), ...tables(training), coursePanel(training)), provenanceFooter(...Object.entries(training.sections).map(([name, facts]) => [name, Object.entries(facts)] as const)));
}

function head({ title, result, sections, evaluations, steps }: Training): HTMLElement {
  const model = sections["model"] ?? {};
  const about = [
    `${String(model["layers"])} ${model["layers"] === 1 ? "layer" : "layers"} × ${String(model["width"])}`,
    `${plain(model["parameters"])} parameters`,
    `step ${result.step.toLocaleString("en")} of ${result.steps.toLocaleString("en")}`,
    result.finished ? "finished" : "interrupted",
  ];
  const last = steps.at(-1);
  const held = evaluations.at(-1);
  const figures: (readonly [string, string])[] = [];
  if (last !== undefined) figures.push(["training loss", amount(last.loss)]);
  if (held !== undefined) figures.push(["held-out loss", amount(held.loss)]);
  if (last !== undefined) figures.push(["read", tokens(last.tokens)], ["tokens a second", round(middle(steps.map(({ tokensPerSecond }) => tokensPerSecond)))]);
  return header({ what: "training", theme: themeSwitch(), title, about: [about.join(" · ")], figures });
}

function lossPanel({ steps, evaluations, lossLabel }: Training): HTMLElement {
  const key = html("p", { class: "key" }, html("span", { class: "quiet" }, "training"), evaluations.length > 0 ? html("span", { class: "main" }, "held-out documents") : null);
  const picture = chart({ ...WIDE, label: `${lossLabel ?? "nats a token"}, logarithmic`, x: short, y: amount, logarithmic: true }, [
    { name: "training", kind: "quiet", points: points(steps, ({ loss }) => loss) },
    { name: "held out", kind: "main", dots: true, points: points(evaluations, ({ loss }) => loss) },
  ]);
  return panel("loss", "Loss over tokens read", key, picture);
}

/** Small multiples, a task a row, and the last scores as a table. */
function questions({ probes }: Training): HTMLElement[] {
  if (probes.length === 0) return [];
  const charts = probes.map((probe) =>
    chart({ ...TINY, label: probe.name, x: short, y: (value) => percent(value).replace(/\.0%$/, "%"), range: [0, 1] }, [
      { name: probe.name, kind: "main", points: probe.points.map(({ tokens: x, right, total, low, high }) => ({ x, y: right / total, low, high })) },
    ]),
  );
  const note = "Correct when greedy generation would produce the answer; bands are Wilson intervals of 95%.";
  return [panel("questions", "Questions answered correctly", html("p", { class: "note" }, note), html("div", { class: "multiples" }, ...charts)), scores(probes)];
}

function scores(probes: readonly Probe[]): HTMLElement {
  const rows = probes.map(({ name, points: all }) => {
    const last = all.at(-1);
    return last === undefined ? [name, "", "", ""] : [name, `${last.right} of ${last.total}`, percent(last.right / last.total), `${percent(last.low)} – ${percent(last.high)}`];
  });
  return panel("scores", "Last scores", table(["Questions", "Right", "Share", "95% interval"], rows));
}

/** Figures by layer of a dictionary, for example. */
function tables({ tables: all = [] }: Training): HTMLElement[] {
  return all.map(({ title, columns, rows, note }, i) => panel(`table-${i}`, title, note === undefined ? null : html("p", { class: "note" }, note), table(columns, rows)));
}

function coursePanel({ steps }: Training): HTMLElement {
  const one = (label: string, pick: (step: Training["steps"][number]) => number): HTMLElement =>
    chart({ ...SMALL, label, x: short, y: amount }, [{ name: label, kind: "quiet", points: points(steps, pick) }]);
  return panel(
    "course",
    "Course of the training",
    html(
      "div",
      { class: "multiples wide" },
      one("learning rate", ({ learningRate }) => learningRate),
      steps.some(({ gradientNorm }) => gradientNorm > 0) ? one("gradient norm", ({ gradientNorm }) => gradientNorm) : null,
      one("tokens a second", ({ tokensPerSecond }) => tokensPerSecond),
    ),
  );
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

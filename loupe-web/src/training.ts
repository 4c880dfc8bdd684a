// The page of a training: how the loss fell, what the model came to know, and what it was made of.
import { readTraining, type Probe, type Training } from "./api/training";
import { brand } from "./draw/brand";
import { chart, type Point } from "./draw/chart";
import { html, panel } from "./draw/element";
import { amount, percent } from "./draw/text";
import { themeSwitch } from "./draw/theme";

const WIDE = { width: 960, height: 300 };
const SMALL = { width: 460, height: 170 };
const TINY = { width: 320, height: 130 };

const tokens = (value: number): string => (value >= 1e6 ? `${round(value / 1e6)} M tokens` : value >= 1e3 ? `${round(value / 1e3)} k tokens` : `${round(value)} tokens`);
const round = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
const short = (value: number): string => tokens(value).replace(" tokens", "").replace(" ", "\u202f");
const points = <T extends { tokens: number }>(list: readonly T[], y: (item: T) => number): Point[] => list.map((item) => ({ x: item.tokens, y: y(item) }));

function start(host: HTMLElement): void {
  const training = readTraining(document.getElementById("loupe-data")?.textContent ?? "{}");
  document.title = `${training.title} · Loupe`;
  host.replaceChildren(header(training), html("main", { class: "training" }, lossPanel(training), ...questions(training), ...tables(training), coursePanel(training)), footer(training));
}

function header({ title, result, sections, evaluations, steps }: Training): HTMLElement {
  const model = sections["model"] ?? {};
  const about = [
    `${String(model["layers"])} ${model["layers"] === 1 ? "layer" : "layers"} × ${String(model["width"])}`,
    `${plain(model["parameters"])} parameters`,
    `step ${result.step.toLocaleString("en")} of ${result.steps.toLocaleString("en")}`,
    result.finished ? "finished" : "interrupted",
  ];
  const last = steps.at(-1);
  const figures: [string, string | undefined][] = [
    ["training loss", last && amount(last.loss)],
    ["held-out loss", evaluations.at(-1) && amount(evaluations.at(-1)?.loss)],
    ["read", last && tokens(last.tokens)],
    ["tokens a second", last && round(middle(steps.map(({ tokensPerSecond }) => tokensPerSecond)))],
  ];
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand("training"), themeSwitch()),
    html("h1", {}, html("bdi", {}, title)),
    html("div", { class: "about" }, html("p", {}, about.join(" · "))),
    html("dl", { class: "figures" }, ...figures.map(([name, value]) => (value === undefined ? null : html("div", {}, html("dt", {}, name), html("dd", {}, value))))),
  );
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
  const note = "Right when greedy generation would say the answer; bands are Wilson intervals of 95%.";
  return [panel("questions", "Questions answered right", html("p", { class: "note" }, note), html("div", { class: "multiples" }, ...charts)), table(probes)];
}

function table(probes: readonly Probe[]): HTMLElement {
  const head = html("tr", {}, ...["Questions", "Right", "Share", "95% interval"].map((name, i) => html("th", { scope: "col", class: i === 0 ? "" : "numeric" }, name)));
  const rows = probes.map(({ name, points: all }) => {
    const last = all.at(-1);
    const cells = last === undefined ? ["", "", ""] : [`${last.right} of ${last.total}`, percent(last.right / last.total), `${percent(last.low)} – ${percent(last.high)}`];
    return html("tr", {}, html("th", { scope: "row" }, name), ...cells.map((cell) => html("td", { class: "numeric" }, cell)));
  });
  return panel("scores", "Last scores", html("div", { class: "scroll" }, html("table", { class: "scores" }, html("thead", {}, head), html("tbody", {}, ...rows))));
}

/** Figures by layer of a dictionary, for example. */
function tables({ tables: all = [] }: Training): HTMLElement[] {
  const cell = (name: "td" | "th", text: string, i: number): HTMLElement => html(i === 0 ? "th" : name, { scope: name === "th" ? "col" : i === 0 ? "row" : null, class: i === 0 ? "" : "numeric" }, text);
  return all.map(({ title, columns, rows, note }, i) => {
    const head = html("tr", {}, ...columns.map((name, at) => cell("th", name, at)));
    const body = rows.map((row) => html("tr", {}, ...row.map((text, at) => cell("td", text, at))));
    const figures = html("div", { class: "scroll" }, html("table", { class: "scores" }, html("thead", {}, head), html("tbody", {}, ...body)));
    return panel(`table-${i}`, title, note === undefined ? null : html("p", { class: "note" }, note), figures);
  });
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

function footer({ sections }: Training): HTMLElement {
  const lists = Object.entries(sections).flatMap(([name, facts]) => [
    html("h2", {}, name),
    html("dl", {}, ...Object.entries(facts).map(([fact, value]) => html("div", {}, html("dt", {}, fact), html("dd", {}, plain(value))))),
  ]);
  return html("footer", {}, ...lists, html("p", { class: "note" }, "Everything on this page is in this one file; it loads nothing from anywhere."));
}

function plain(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : amount(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const host = document.getElementById("loupe");
if (host !== null) {
  try {
    start(host);
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    host.replaceChildren(html("p", { class: "failure", role: "alert" }, "This training cannot be shown. ", message));
  }
}

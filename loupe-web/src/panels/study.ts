// The study apart from its features: behaviour, groups taken away, heads and MLPs. Each plot with its table.
import type { Estimate } from "../api/finding";
import type { Component, Study } from "../api/greater-than";
import { chart } from "../draw/chart";
import { button, html, panel, svg } from "../draw/element";
import { colour } from "../draw/heatmap";
import { intervals, type Mark } from "../draw/intervals";
import { amount, signed } from "../draw/text";
import { onThemeChange } from "../draw/theme";
import { table } from "../frame/tables";

export const two = (year: number): string => String(year).padStart(2, "0");
const number = (value: number | null): number => value ?? NaN;

/** A mean with its interval as words. */
export function interval({ value, low, high }: Pick<Estimate, "value" | "low" | "high">): string {
  return low === null || high === null ? fine(number(value)) : `${fine(number(value))} [${fine(low)}, ${fine(high)}]`;
}

function fine(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3).replace(/^-(0\.000)$/, "$1").replace(/^-/, "−") : "–";
}

/** A table that is made when it is asked for. */
export function twin(summary: string, make: () => HTMLElement): HTMLElement {
  const details = html("details", { class: "twin" }, html("summary", {}, summary));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(make());
  });
  return details;
}

export function behaviourPanel({ behaviour }: Study): HTMLElement {
  const points = behaviour.years.map(({ year, difference: { value, low, high } }) => ({ x: year, y: number(value), ...(low !== null && high !== null ? { low, high } : {}) }));
  const least = Math.min(0.9, ...points.map(({ y, low }) => low ?? y));
  const picture = chart({ label: "probability difference by YY, band 95%", width: 960, height: 210, x: (year) => two(Math.round(year)), y: (value) => amount(value), range: [Math.floor(least * 10) / 10, 1] }, [
    { name: "probability difference", kind: "main", points },
  ]);
  const note = html("p", { class: "note" }, "Probability of the years after YY minus that of YY and the years before: 1 is perfect, 0 is chance.");
  const rows = (): HTMLElement => table(["YY", "Probability difference [95%]"], behaviour.years.map(({ year, difference }) => [two(year), interval(difference)]));
  return panel("behaviour", "How well it does the task", note, picture, twin("As a table", rows));
}

/** The probability difference that is left without the strongest features, by how many they are, beside random ones. */
export function curvePanel({ behaviour, ablations }: Study): HTMLElement | null {
  const tops = ablations.filter(({ group }) => group.startsWith("top ")).toSorted((a, b) => a.size - b.size);
  if (tops.length === 0) return null;
  const { value, low, high } = behaviour.difference;
  const whole = number(value);
  const start = { x: 0, y: whole, ...(low !== null && high !== null ? { low, high } : {}) };
  const without = tops.map(({ size, difference }) => ({ x: size, y: number(difference.value), ...(difference.low !== null && difference.high !== null ? { low: difference.low, high: difference.high } : {}) }));
  const random = tops.map(({ size, randomFall }) => ({ x: size, y: whole - number(randomFall.value) }));
  const least = Math.min(0, ...without.map(({ y, low: from }) => from ?? y));
  const picture = chart({ label: "probability difference left", width: 960, height: 250, x: (size) => size.toLocaleString("en"), y: (left) => amount(left), range: [least, 1], spread: true, marks: [0, ...tops.map(({ size }) => size)] }, [
    { name: "random features", kind: "quiet", dots: true, points: [{ x: 0, y: whole }, ...random] },
    { name: "the strongest", kind: "main", dots: true, points: [start, ...without] },
  ]);
  const key = html("p", { class: "key" }, html("span", { class: "main" }, "without the strongest features"), html("span", { class: "quiet" }, "without as many random ones"));
  const note = html("p", { class: "note" }, "How well the task is still done, by how many features are ablated at the last position; nothing is frozen. Bands are 95% over prompts; the axis is spread at its beginning.");
  return panel("curve", "Ablating the features, strongest first", note, key, picture);
}

export function groupsPanel({ ablations, tested }: Study): HTMLElement {
  const mark = ({ value, low, high }: Estimate, kind: Mark["kind"]): Mark => ({ value: number(value), low, high, kind });
  const rows = ablations.map(({ group, size, fall, randomFall, draws }) => ({ name: group.startsWith("top") ? `${group} features` : `${group} (${size})`, marks: [mark(fall, "main"), mark(randomFall, "quiet")], ticks: draws }));
  const key = html("p", { class: "key" }, html("span", { class: "main" }, "the group"), html("span", { class: "quiet" }, "random groups of its size, mean; ticks are the draws"));
  const note = html("p", { class: "note" }, `Activations set to 0 at the last position in the model’s own run, nothing frozen; ${tested.toLocaleString("en")} prompts. The fall of the probability difference, with 95% intervals over prompts. Random features are drawn by how often they are active there.`);
  const picture = intervals("Fall of the probability difference after ablating each group and random groups", rows, (value) => value.toFixed(2).replace(/^-/, "−"));
  const figures = table(
    ["Group", "Size", "Difference left", "Sharpness left", "Falls by", "Random groups", "More by"],
    ablations.map(({ group, size, difference, sharpness, fall, randomFall, excess }) => [group, String(size), interval(difference), interval(sharpness), interval(fall), interval(randomFall), interval(excess)]),
  );
  return panel("groups", "Ablated groups of features", note, key, picture, figures);
}

type PathName = "all" | "throughMlps" | "direct";
const PATHS: readonly (readonly [PathName, string])[] = [
  ["all", "all paths"],
  ["throughMlps", "direct and through later MLPs"],
  ["direct", "direct to the logits"],
];

export function componentsPanel(study: Study): HTMLElement {
  const { components, layers, heads } = study;
  let path: PathName = "all";
  const grid = html("div", { class: "grid-host" });
  const choices = PATHS.map(([name, text]) =>
    button({ class: "quiet", "data-path": name }, () => {
      path = name;
      show();
    }, text),
  );
  const show = (): void => {
    choices.forEach((choice) => choice.setAttribute("aria-pressed", String(choice.dataset["path"] === path)));
    grid.replaceChildren(componentGrid(components, layers, heads, path));
  };
  show();
  onThemeChange(show);
  const note = html("p", { class: "note" }, `Each head or MLP is patched with its output in the same prompt with ${two(study.dummy)} as YY, at every position; the change of the probability difference. Vermillion: the task needs it. For the other paths later attention, or later attention and MLPs, are frozen at the unchanged run.`);
  const rows = components.map(({ name, all, throughMlps, direct }) => [name, interval(all), interval(throughMlps), interval(direct)]);
  return panel("components", "Heads and MLPs that matter, by path", note, html("p", { class: "choices" }, ...choices), html("div", { class: "beside" }, grid, table(["Part", "All paths", "Through later MLPs and direct", "Direct"], rows)));
}

function componentGrid(components: readonly Component[], layers: number, heads: number, path: PathName): HTMLElement {
  const size = 34;
  const left = 34;
  const top = 22;
  const largest = Math.max(...components.map((each) => Math.abs(number(each[path].value))), 1e-9);
  const place = ({ head }: Component): number => (head ?? heads + 0.4) * size + left;
  const cells = components.map((component) => {
    const value = number(component[path].value);
    const x = place(component);
    const y = (layers - 1 - component.layer) * size + top;
    return svg(
      "g",
      {},
      svg("rect", { x: x + 1, y: y + 1, width: size - 2, height: size - 2, rx: 3, fill: colour(value / largest) }),
      svg("text", { class: Math.abs(value) > 0.5 * largest ? "cell deep" : "cell", x: x + size / 2, y: y + size / 2 + 3.5, "text-anchor": "middle" }, Math.abs(value) < 0.0005 ? "" : value.toFixed(Math.abs(value) < 0.095 ? 3 : 2).replace("0.", ".").replace("-", "−")),
      svg("title", {}, `${component.name}: ${signed(value)}`),
    );
  });
  const rowNames = Array.from({ length: layers }, (_, layer) => svg("text", { class: "tick", x: left - 8, y: (layers - 1 - layer) * size + top + size / 2 + 4, "text-anchor": "end" }, String(layer)));
  const columnNames = Array.from({ length: heads }, (_, head) => svg("text", { class: "tick", x: head * size + left + size / 2, y: top - 7, "text-anchor": "middle" }, String(head)));
  const mlp = svg("text", { class: "tick", x: (heads + 0.4) * size + left + size / 2, y: top - 7, "text-anchor": "middle" }, "MLP");
  const width = (heads + 1.4) * size + left + 4;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${layers * size + top + 4}`, role: "img", "aria-label": "Change of the probability difference by layer and head" }, ...rowNames, ...columnNames, mlp, ...cells);
  picture.style.width = `${width}px`;
  return html("figure", { class: "components" }, picture, html("figcaption", {}, "layers up, heads across"));
}

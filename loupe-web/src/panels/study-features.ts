// The features of the study: a wall of heatmaps to choose from, and the chosen one in full.
import type { Study, StudyFeature } from "../api/greater-than";
import { chart } from "../draw/chart";
import { button, html, panel } from "../draw/element";
import { heatmap } from "../draw/heatmap";
import { amount, percent, signed } from "../draw/text";
import { table } from "../frame/tables";
import { twin, two } from "./study";
import { rove, withArrows } from "./roving";

export const unitName = ({ layer, feature }: StudyFeature): string => `${layer}/${feature}`;
const shortClass = (name: string): string => name.replace("works for a band of YY", "band of YY").replace("promotes large ZZ whatever YY", "large ZZ always").replace("works against the task", "against the task").replace("parity or contrast", "parity").replace("none of these", "none");

interface Order {
  readonly name: string;
  readonly value: (feature: StudyFeature) => number;
}

const ORDERS: readonly Order[] = [
  { name: "strength", value: ({ strength }) => -strength },
  { name: "most for the task", value: ({ contrast }) => -contrast },
  { name: "most against it", value: ({ contrast }) => contrast },
  { name: "layer", value: ({ layer }) => layer },
];

const largestStep = (feature: StudyFeature): number => Math.max(1, ...feature.map.rows.flatMap((row) => row.map(Math.abs)));

export function featuresPanel(study: Study, select: (feature: StudyFeature) => void): { element: HTMLElement; mark: (feature: StudyFeature) => void } {
  let kind = "";
  let order: Order | undefined = ORDERS[0];
  const wall = html("ul", { class: "wall", "aria-label": "Features; arrow keys go from one to the next" });
  withArrows(wall, "button");
  const cards = new Map<StudyFeature, HTMLElement>(study.features.map((feature, rank) => [feature, card(feature, rank, () => select(feature))]));
  const kinds = [{ name: "", criterion: "" }, ...study.classes].map(({ name, criterion }) => {
    const members = study.features.filter((feature) => name === "" || feature.class === name).length;
    const choice = button({ class: "quiet", "data-class": name, title: criterion, disabled: members === 0 }, () => {
      kind = name;
      show();
    }, `${name === "" ? "all" : shortClass(name)} ${members}`);
    return choice;
  });
  const orders = ORDERS.map((each) =>
    button({ class: "quiet", "data-order": each.name }, () => {
      order = each;
      show();
    }, each.name),
  );
  const show = (): void => {
    kinds.forEach((choice) => choice.setAttribute("aria-pressed", String(choice.dataset["class"] === kind)));
    orders.forEach((choice) => choice.setAttribute("aria-pressed", String(choice.dataset["order"] === order?.name)));
    const shown = study.features.filter((feature) => kind === "" || feature.class === kind).toSorted((a, b) => (order?.value(a) ?? 0) - (order?.value(b) ?? 0));
    wall.replaceChildren(...shown.flatMap((feature) => cards.get(feature) ?? []));
    rove(wall, "button");
  };
  show();
  const note = html(
    "p",
    { class: "note" },
    `Contribution of each feature at the last position to the logit of every year ZZ (across, ${two(study.columns[0] ?? 0)} to ${two(study.columns.at(-1) ?? 99)}) after every YY (down, ${two(study.behaviour.years[0]?.year ?? 2)} to ${two(study.behaviour.years.at(-1)?.year ?? 98)}), mean over the prompts, each map on its own scale: blue raises, vermillion lowers. The task wants blue right of the diagonal.`,
  );
  const criteria = twin("Criteria of the classes", () => table(["Class", "Criterion"], study.classes.map(({ name, criterion }) => [name, criterion])));
  const rows = (): HTMLElement =>
    table(
      ["Feature", "Strength", "For the task", "Task corr.", "Parity", "Fives", "Constant", "Rise", "Band", "Active", "Class"],
      study.features.map((feature) => {
        const { task, parity, fives, constant, rise, bandFrom, bandTo } = feature.criteria;
        return [unitName(feature), amount(feature.strength), signed(feature.contrast), signed(task), percent(parity), percent(fives), percent(constant), signed(rise), `${two(bandFrom)}–${two(bandTo)}`, percent(feature.active), feature.class];
      }),
    );
  const element = panel(
    "features",
    `The ${study.features.length} features that carry YY to the answer`,
    note,
    html("div", { class: "choices" }, html("span", { class: "hint" }, "class"), ...kinds),
    html("div", { class: "choices" }, html("span", { class: "hint" }, "by"), ...orders),
    wall,
    criteria,
    twin("All features as a table", rows),
  );
  const mark = (chosen: StudyFeature): void => {
    cards.forEach((each, feature) => each.querySelector("button")?.setAttribute("aria-pressed", String(feature === chosen)));
    rove(wall, "button", cards.get(chosen)?.querySelector("button") ?? undefined);
  };
  return { element, mark };
}

function card(feature: StudyFeature, rank: number, press: () => void): HTMLElement {
  const map = heatmap(feature.map.rows, largestStep(feature), "");
  map.removeAttribute("role");
  map.removeAttribute("aria-label");
  map.setAttribute("aria-hidden", "true");
  return html("li", {}, button({ class: "card", "aria-label": `Feature ${unitName(feature)}, rank ${rank + 1}, ${feature.class}` }, press, map, html("b", {}, unitName(feature)), html("small", {}, shortClass(feature.class))));
}

const SIDE = 4;

export function chosenPanel(study: Study, feature: StudyFeature): HTMLElement {
  const { step, rows } = feature.map;
  const years = study.behaviour.years.map(({ year }) => year);
  const most = largestStep(feature);
  const map = heatmap(rows, most, `Attribution of feature ${unitName(feature)} to each year ZZ after each YY; the numbers are in the table below`);
  const reading = html("output", { class: "reading" }, "point at the map");
  map.addEventListener("pointermove", (event) => {
    const box = map.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
    const column = Math.floor(((event.clientX - box.left) / box.width) * study.columns.length);
    const value = rows[row]?.[column];
    if (value !== undefined) reading.textContent = `YY ${two(years[row] ?? 0)}, ZZ ${two(study.columns[column] ?? 0)}: ${signed(value * step)}`;
  });
  const ends = html("div", { class: "ramp" }, html("span", {}, `−${amount(most * step)}`), rampStrip(), html("span", {}, `+${amount(most * step)} logit`));
  const across = html("div", { class: "across" }, ...[0, 25, 50, 75].map((at) => tick(two(study.columns[at] ?? at), at / study.columns.length)), html("span", { class: "axis" }, "ZZ"));
  const down = html("div", { class: "down" }, ...[0, 24, 48, 72].map((at) => downTick(two(years[at] ?? at), at / years.length)), html("span", { class: "axis" }, "YY"));
  const { task, parity, fives, constant, rise, bandFrom, bandTo } = feature.criteria;
  const facts: [string, string][] = [
    ["strength", amount(feature.strength)],
    ["for the task", signed(feature.contrast)],
    ["task correlation", signed(task)],
    ["parity", percent(parity)],
    ["multiples of five", percent(fives)],
    ["same row for all YY", percent(constant)],
    ["that row against ZZ", signed(rise)],
    ["80% within YY", `${two(bandFrom)}–${two(bandTo)}`],
    ["active in", percent(feature.active)],
  ];
  const activity = chart({ label: "mean activation by YY", width: 400, height: 120, x: (year) => two(Math.round(year)), y: amount, range: spread(feature.activations) }, [
    { name: "activation", kind: "main", points: feature.activations.map((y, i) => ({ x: years[i] ?? 0, y })) },
  ]);
  const examples = feature.examples.map(({ text, activation }) => html("li", {}, html("span", { class: "number" }, amount(activation)), html("bdi", {}, text)));
  const numbers = (): HTMLElement => table(["YY \\ ZZ", ...study.columns.map(two)], rows.map((row, i) => [two(years[i] ?? 0), ...row.map((value) => amount(value * step))]));
  const described = study.classes.find(({ name }) => name === feature.class);
  return panel(
    "chosen",
    `${study.basis === "neurons" ? "Neuron" : "Feature"} ${unitName(feature)}`,
    html("p", { class: "kind" }, html("b", {}, feature.class), html("span", { class: "hint" }, ` ${described?.criterion ?? ""}`)),
    html("div", { class: "large" }, down, html("div", { class: "field" }, map, diagonal(study, years)), across),
    ends,
    reading,
    html("dl", { class: "facts" }, ...facts.map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value)))),
    activity,
    html("h3", {}, "Where it is most active"),
    examples.length === 0 ? html("p", { class: "hint" }, "Nowhere in the prompts.") : html("ol", { class: "fires" }, ...examples),
    twin("The map as a table", numbers),
  );
}

function spread(values: readonly number[]): [number, number] {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return high > low ? [low, high] : [low, low + 1];
}

function tick(text: string, share: number): HTMLElement {
  const element = html("span", { class: "at-share" }, text);
  element.style.left = `${(share * 100).toFixed(2)}%`;
  return element;
}

function downTick(text: string, share: number): HTMLElement {
  const element = html("span", { class: "at-share" }, text);
  element.style.top = `${(share * 100).toFixed(2)}%`;
  return element;
}

/** Where ZZ equals YY: the line that the task has to see. */
function diagonal({ columns }: Study, years: readonly number[]): SVGElement {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "diagonal");
  picture.setAttribute("viewBox", `0 0 ${columns.length * SIDE} ${years.length * SIDE}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const points = years.flatMap((year, row) => {
    const column = columns.indexOf(year);
    return column < 0 ? [] : [`${(column + 1) * SIDE},${row * SIDE}`, `${(column + 1) * SIDE},${(row + 1) * SIDE}`];
  });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points.join(" "));
  picture.append(line);
  return picture;
}

/** The colours from one end to the other. */
function rampStrip(): HTMLElement {
  const strip = heatmap([Array.from({ length: 81 }, (_, i) => i / 40 - 1)], 1, "");
  strip.removeAttribute("role");
  strip.setAttribute("aria-hidden", "true");
  return strip;
}

// How well the trace explains its answer: the verdict with its criteria, what the units do together, and what was followed.
import type { SetPoint, SetTest, Story, Supernode, Tests, TraceVerdict } from "../api/trace";
import { chart, type Point } from "../draw/chart";
import { button, html, panel, svg } from "../draw/element";
import { amount, count, percent, unitAddress, visible } from "../draw/text";
import { command, quoted } from "../frame/command";
import { saveText, supernodeLine } from "../frame/save";
import { table } from "../frame/tables";
import { unitName } from "../state/graph";
import type { Session } from "../state/session";
import { tokenText } from "./token";
import { totalsPanel } from "./totals";

type Strength = "STRONG" | "PARTIAL" | "WEAK";

const SAYS: Readonly<Record<Strength, string>> = {
  STRONG: "Its units decide the answer: they are necessary, specific and sufficient, and most of it was followed.",
  PARTIAL: "Its units are necessary for the answer; not all of it is explained.",
  WEAK: "What it lists does no more for the answer than random units would, or too little.",
};
const HEIGHT = 210;

/** The band above the graph; null for a trace that tells nothing of how good it is. */
export function judgementBand(session: Session): HTMLElement | null {
  const { tests } = session.trace;
  const totals = totalsPanel(session);
  if (tests === undefined) return totals === null ? null : html("div", { class: "judgement" }, totals);
  return html("div", { class: "judgement" }, verdictPanel(tests.verdict), togetherPanel(session, tests.sets), totals, supernodesPanel(session, tests));
}

/** The word with a meter of three: colour is not all that tells it. */
export function strength(verdict: TraceVerdict): HTMLElement {
  const kind = strengthOf(verdict);
  const filled = { STRONG: 3, PARTIAL: 2, WEAK: 1 }[kind];
  const bars = [0, 1, 2].map((i) => svg("rect", { class: i < filled ? "full" : "", x: 1 + 5 * i, y: 10 - 4 * i, width: 3.5, height: 4 + 4 * i, rx: 1 }));
  return html("span", { class: `strength ${kind.toLowerCase()}` }, svg("svg", { viewBox: "0 0 16 15", "aria-hidden": "true" }, ...bars), kind.toLowerCase());
}

/** What this page does not know is no better than weak. */
function strengthOf({ strength: kind }: TraceVerdict): Strength {
  return kind === "STRONG" || kind === "PARTIAL" ? kind : "WEAK";
}

function verdictPanel(verdict: TraceVerdict): HTMLElement {
  const line = ({ name, met, says }: TraceVerdict["criteria"][number]): HTMLElement =>
    html("li", { class: met ? "met" : "unmet" }, html("span", { class: "mark", "aria-hidden": "true" }, met ? "✓" : "–"), html("span", {}, html("b", {}, name), html("span", { class: "spoken" }, met ? ": met. " : ": not met. "), " ", html("bdi", {}, says)));
  return panel("verdict", "How well this explains the answer", html("p", { class: "word" }, strength(verdict)), html("p", { class: "note" }, SAYS[strengthOf(verdict)]), html("ul", { class: "criteria" }, ...verdict.criteria.map(line)));
}

function togetherPanel(session: Session, sets: SetTest): HTMLElement {
  const { trace, store } = session;
  const unit = unitName(trace);
  const size = sets.changes ?? sets.halves;
  const chosen = sets.first.slice(0, size ?? sets.first.length);
  const keys = keysOf(session, chosen);
  const found = [...keys.values()];
  const light = button({ class: "quiet", id: "light-set", "aria-pressed": "false" }, () => store.update({ lit: isLit() ? [] : lit() }), size === null ? `Show the first ${count(chosen.length, unit)} in the graph` : `Show these ${count(chosen.length, unit)} in the graph`);
  const lit = (): string[] => [...new Set(found.flatMap((id) => session.view.standIn(id)?.key ?? []))];
  const isLit = (): boolean => store.state.lit.length > 0 && store.state.lit.join(" ") === lit().join(" ");
  store.watch(["lit", "expanded"], () => light.setAttribute("aria-pressed", String(isLit())));
  light.disabled = found.length === 0;
  const missing = chosen.length - found.length;
  const basis = trace.dictionary === undefined ? "" : ` --basis ${trace.dictionary.name}`;
  const steer = `loupe steer ${quoted(trace.prompt.text)} --model ${trace.model.name}${basis}${chosen.map((each) => ` --ablate ${each}`).join("")}`;
  return panel(
    "together",
    `What its ${unit}s do together`,
    curve(sets, unit),
    html("p", { class: "tools" }, light, missing === 0 ? null : html("small", {}, `${missing} of them pruned from this picture`)),
    command(size === null ? `No set decides; ablate the first ${chosen.length} yourself` : "Ablate them yourself", steer),
    figures(sets, unit),
  );
}

/** Units that do the same thing, and the way through them that explains most. */
function supernodesPanel(session: Session, { supernodes = [], story = [], sets }: Tests): HTMLElement | null {
  if (supernodes.length === 0) return null;
  const { trace, store, view } = session;
  const unit = unitName(trace);
  const row = (group: Supernode): HTMLElement => {
    const keys = [...new Set(group.members.flatMap((id) => view.standIn(id)?.key ?? []))];
    const light = button({ class: "link plain", "aria-pressed": "false" }, () => store.update({ lit: store.state.lit.join(" ") === keys.join(" ") ? [] : keys }), html("b", {}, html("bdi", {}, visible(group.name))), html("span", {}, ` ${layersOf(group)}, ${count(group.members.length, unit)}`));
    light.disabled = keys.length === 0;
    store.watch(["lit"], () => light.setAttribute("aria-pressed", String(keys.length > 0 && store.state.lit.join(" ") === keys.join(" "))));
    return html("li", {}, light, html("span", { class: "share" }, `${percent(sets.answer)} → ${percent(group.probability)}`));
  };
  const addresses = ({ members }: Supernode): string[] => members.flatMap((id) => trace.nodes.filter((node) => node.id === id).map(unitAddress));
  const keep = button({ class: "quiet", id: "save-supernodes", title: "A file to edit, for loupe trace --supernodes" }, () => saveText("supernodes.txt", supernodes.map((group) => supernodeLine(group.name, addresses(group))).join("")), "Save as a file");
  const first = story.filter(({ matters = true }) => matters).slice(0, 1);
  const others = story.filter((way) => !first.includes(way));
  const ways =
    others.length === 0
      ? []
      : [html("h3", { class: "minor" }, "Other paths through them"), html("ul", { class: "ways" }, ...others.map((way) => html("li", {}, html("span", { class: "share", title: "Share of its input that a step takes from the one before, on average" }, percent(way.strength)), " ", told(session, supernodes, way))))];
  return panel("supernodes", `${unit[0]?.toUpperCase() ?? ""}${unit.slice(1)}s that do the same`, ...first.map((way) => html("p", { class: "story" }, told(session, supernodes, way))), ...swap(session), html("p", { class: "note" }, "The answer's probability when all of one group are ablated."), html("ul", { class: "supernodes" }, ...supernodes.map(row)), html("p", { class: "tools" }, keep), ...ways);
}

/** With features of another prompt the model gives that prompt's answer: measured for a question whose world is known. */
function swap({ trace }: Session): HTMLElement[] {
  const found = (trace.evidence ?? []).find(({ support, checked }) => support === "INTERVENED" && checked.includes("'s prompt"));
  return found === undefined ? [] : [html("p", { class: "swap" }, html("bdi", {}, `${visible(found.checked)}.`))];
}

function layersOf({ layers: { first, last } }: Supernode): string {
  return first === last ? `layer ${first}` : `layers ${first}–${last}`;
}

function told({ trace }: Session, supernodes: readonly Supernode[], way: Story): string {
  const token = trace.prompt.tokens[way.position];
  const steps = way.supernodes.flatMap((at) => {
    const group = supernodes[at];
    return group === undefined ? [] : [`${visible(group.name)} (${layersOf(group)})`];
  });
  const answer = trace.nodes.find(({ kind }) => kind === "logit");
  return [...(token === undefined ? [] : [`“${visible(token.text.trim())}”`]), ...steps, ...(answer === undefined ? [] : [`“${visible((answer.label ?? "").trim())}”`])].join(" → ");
}

/** The nodes of units spelt LAYER/NUMBER@POSITION, of those that the trace lists. */
function keysOf({ trace }: Session, units: readonly string[]): Map<string, number> {
  const ids = new Map<string, number>(trace.nodes.flatMap((node) => (node.unit === undefined ? [] : [[unitAddress(node), node.id] as const])));
  return new Map(units.flatMap((name) => (ids.has(name) ? [[name, ids.get(name) ?? 0] as const] : [])));
}

function curve(sets: SetTest, unit: string): HTMLElement {
  const start: Point = { x: 0, y: sets.answer ?? 0 };
  const own: Point[] = [start, ...sets.necessity.map(({ units, probability }) => ({ x: units, y: probability ?? 0 }))];
  const random: Point[] = sets.necessity.flatMap(({ units, random: draws }) => (draws === null ? [] : [{ x: units, y: draws.median ?? 0, low: draws.low ?? 0, high: draws.high ?? 0 }]));
  const size = sets.changes ?? sets.halves;
  const point = sets.necessity.find(({ units }) => units === size);
  const pointed = size === null || point === undefined ? undefined : { x: size, text: sets.changes === null ? `${size} halve it` : `${size}: “${visible(point.top.trim() || point.top)}” instead` };
  const marks = own.map(({ x }) => x);
  const series = [{ name: `first ${unit}s`, kind: "main", points: own, dots: true } as const, ...(random.length === 0 ? [] : [{ name: "random", kind: "quiet", points: [{ ...start, low: start.y, high: start.y }, ...random], dots: true } as const])];
  const axes = { label: `Probability of the answer by ${unit}s ablated together`, width: 420, height: HEIGHT, x: (value: number) => value.toLocaleString("en"), y: whole, range: [0, Math.max(0.05, Math.min(1, ceiling([...own, ...random])))] as const, spread: true, marks, pointed };
  const draws = sets.necessity.find(({ random: each }) => each !== null)?.random;
  const key = html("p", { class: "key" }, html("span", { class: "main" }, sets.order === "EFFECT" ? "in order of predicted effect" : "in order of influence"), draws == null ? null : html("span", {}, `${draws.count} matched random sets: median, lowest to highest`));
  return html("div", {}, chart(axes, series), key);
}

function ceiling(points: readonly Point[]): number {
  const most = Math.max(...points.map(({ y, high }) => high ?? y));
  return Math.ceil(most * 10) / 10;
}

const whole = (share: number): string => `${Number((100 * share).toFixed(share > 0 && share < 0.095 ? 1 : 0))}%`;

/** Everything that was measured, as tables. */
function figures({ necessity, sufficiency, logit, rivals, reference, texts, answer, restores }: SetTest, unit: string): HTMLElement {
  const rows = (points: readonly SetPoint[]): (HTMLElement | string)[][] =>
    points.map(({ units, probability, top, random }) => [
      units.toLocaleString("en"),
      percent(probability),
      tokenText(top, 16),
      random === null ? "–" : `${percent(random.median)} (${percent(random.low)}–${percent(random.high)})`,
      random === null ? "–" : `${random.changed} of ${random.count}`,
    ]);
  const columns = [`${unit.charAt(0).toUpperCase()}${unit.slice(1)}s`, "Answer", "Model says", "Random sets", "Random that change it"];
  const numeric = (column: number): boolean => column !== 2;
  const change = [logit, ...rivals].map(({ text, before, after }) => [tokenText(text, 20), amount(before), amount(after), before === null || after === null ? "–" : amount(after - before)]);
  return html(
    "details",
    { class: "twin" },
    html("summary", {}, "All figures"),
    html("h3", { class: "minor" }, `Ablated; with none the answer has ${percent(answer)}`),
    table(columns, rows(necessity), numeric, "Table: ablated"),
    html("h3", { class: "minor" }, `Kept, all other units at their means${restores === null ? "; none of these sets restores the answer" : `; ${restores} restore the answer`}`),
    table(columns, rows(sufficiency), numeric, "Table: kept"),
    html("h3", { class: "minor" }, "Logits with the deciding set ablated, minus the mean of all"),
    table(["Token", "Before", "After", "Change"], change),
    html("p", { class: "note" }, `Reference: ${reference}, ${count(texts, "text")}.`),
  );
}

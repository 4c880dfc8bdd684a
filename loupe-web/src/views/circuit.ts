// The view of a circuit: how faithful it is at which size, beside what it is compared with, and one pair in a grid of tokens and layers.
import type { CircuitReport, Point } from "../api/circuit";
import type { Estimate, Finding } from "../api/finding";
import { chart } from "../draw/chart";
import { html, panel } from "../draw/element";
import { intervals, type IntervalRow, type Mark } from "../draw/intervals";
import { count, percent } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import { gridPanels } from "../panels/circuit-grid";
import type { View } from "./view";

export const circuit: View = { schema: "loupe.circuit/1", name: "This circuit", show };

type Circuit = Finding<CircuitReport>;

const VERDICTS = { CIRCUIT: "A circuit", PART: "Part of a circuit", NONE: "No circuit" } as const;

const brief = (value: number | null | undefined): string => (value ?? NaN).toFixed(2).replace("-", "−");
const ranged = ({ value, low, high }: Estimate): string => (low === null || high === null ? brief(value) : `${brief(value)} [${brief(low)}, ${brief(high)}]`);

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Circuit;
  const { question, model, basis, choices, verdict, circuit: chosen, candidates, activePerPrompt, draws, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const whole = (value: number | null) => Math.round(value ?? 0).toLocaleString("en");
  const size = `${whole(chosen.size)} of ${whole(candidates)} features (${percent(chosen.share)}), of which ${whole(chosen.activePerPrompt)} of ${whole(activePerPrompt)} are active in a prompt (${percent(chosen.shareOfPrompt)})`;
  const head = header({
    what: "circuit",
    theme: themeSwitch(),
    title: question,
    about: [
      `${VERDICTS[verdict]}: ${size}, alone, reach faithfulness ${ranged(chosen.faithfulness)} on held-out pairs.`,
      `${model} in ${basis} · ${choices.metric} · left out: set to ${choices.ablation}, errors ${choices.errors} · ${choices.train} pairs chose it, ${choices.heldOut} tested it`,
    ],
    evidence,
    figures: [
      ["faithfulness, held out", ranged(chosen.faithfulness)],
      ["random circuits, mean", brief(mean(draws))],
      ["the model without it", ranged(chosen.completeness)],
    ],
  });
  headFirst(host, "This circuit", head, () => [
    html("main", { class: "circuit" }, ...gridPanels(found), html("div", { class: "pair-of-panels" }, curvePanel(found), rivalsPanel(found)), headsPanel(found), evidencePanel("circuit", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

function mean(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / values.length;
}

/** Faithfulness over size, kept alone and left out, at the shares of MIB. */
function curvePanel({ curve, areas, candidates, choices }: Circuit): HTMLElement {
  const some = curve.filter(({ size }, i) => size > 0 && size !== curve[i - 1]?.size);
  const points = (pick: (point: Point) => Estimate): { x: number; y: number; low?: number; high?: number }[] =>
    some.map((point) => {
      const { value, low, high } = pick(point);
      return low === null || high === null ? { x: point.size, y: value ?? NaN } : { x: point.size, y: value ?? NaN, low, high };
    });
  const alone = points(({ faithfulness }) => faithfulness);
  const without = points(({ completeness }) => completeness);
  const all = [...alone, ...without].flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const words = areas.map(({ order, cpr, cmd }) => `${order} scores: CPR ${brief(cpr)}, CMD ${brief(cmd)}`).join(" · ");
  return panel(
    "curve",
    "Faithfulness by size",
    html("p", { class: "note" }, `${candidates.toLocaleString("en")} candidates, ranked by ${choices.ranking}; kept alone (strong) and left out of the model (faint), on held-out pairs.`),
    chart({ label: "faithfulness by number of features", width: 520, height: 230, spread: true, marks: some.map(({ size }) => size), x: (size) => size.toLocaleString("en"), y: brief, range: [Math.min(0, ...all), Math.max(1, ...all)] }, [
      { name: "alone", kind: "main", dots: true, points: alone },
      { name: "without", kind: "quiet", dots: true, points: without },
    ]),
    html("p", { class: "note" }, words),
  );
}

function rivalsPanel({ circuit: chosen, rivals, draws, p, neurons }: Circuit): HTMLElement {
  const mark = ({ value, low, high }: Estimate): Mark => ({ value: value ?? NaN, low, high, kind: "main" });
  const row = (name: string, estimate: Estimate): IntervalRow => ({ name, marks: [mark(estimate)], ticks: [] });
  const random: IntervalRow = { name: `random, same layers (${draws.length})`, marks: [{ value: mean(draws), low: null, high: null, kind: "main" }], ticks: draws.map((value) => value ?? NaN) };
  const rows = [row(`this circuit (${chosen.size})`, chosen.faithfulness), row("the model without it", chosen.completeness), random, ...rivals.map(({ name, size, faithfulness }) => row(`${name} (${size})`, faithfulness))];
  const words = neurons.asked ? (neurons.size === null ? "No number of neurons is as faithful on the pairs that choose them." : `By the ranking alone it takes ${count(neurons.size, "neuron")}, which reach ${ranged(neurons.faithfulness)}.`) : "";
  return panel("rivals", "Beside other sets of its size", html("p", { class: "note" }, `Faithfulness on held-out pairs; p = ${(p ?? NaN).toFixed(3)} against random circuits. ${words}`), intervals("faithfulness of sets of the same size", rows, brief));
}

/** The smallest circuit of heads and MLPs, and the strongest edges in it. */
function headsPanel({ heads, choices }: Circuit): HTMLElement | null {
  if (heads === null) return null;
  const kinds = { PREVIOUS_TOKEN: "previous token", DUPLICATE_TOKEN: "duplicate token", INDUCTION: "induction", OTHER: "", MLP: "" } as const;
  return panel(
    "heads",
    "Attention heads and MLPs",
    html("p", { class: "note" }, `${heads.nodes.length} of ${heads.components} do the task with the twin’s values in all others: faithfulness ${ranged(heads.faithfulness)}; as many drawn at random ${brief(heads.random)} (p = ${(heads.p ?? NaN).toFixed(3)}). Effects and edges are shares of m(M) − m(∅); edges are to first order.`),
    html(
      "div",
      { class: "pair-of-panels" },
      table(
        ["part", "kind", "ablated in the model", "in the circuit"],
        heads.nodes.map(({ name, kind, effect, drop }) => [name, kinds[kind], brief(effect), brief(drop)]),
        (column) => column > 1,
        `Heads and MLPs that ${choices.task} needs`,
      ),
      heads.edges.length === 0 ? null : table(["from", "to", "effect"], heads.edges.slice(0, 12).map(({ from, to, effect }) => [from, to, brief(effect)]), (column) => column > 1, "The strongest edges among them"),
    ),
  );
}

// One held-out pair of a circuit: tokens across, layers up, in each cell the features that are active there; what feeds a feature and what it feeds; the answer by size.
import type { CircuitReport, Edge } from "../api/circuit";
import { button, html, panel } from "../draw/element";
import { table } from "../frame/tables";
import { tokenText } from "./token";

/** Chips of a cell beyond these are counted. */
const CHIPS = 6;

const brief = (value: number | null | undefined): string => (value ?? NaN).toFixed(3).replace("-", "−");

/** The supernodes first, which choose their members in the grid; then the grid. */
export function gridPanels(report: CircuitReport): readonly (HTMLElement | null)[] {
  const { example, members, choices, circuit } = report;
  const shown = example.effects.length;
  const isError = (member: number): boolean => (members[member]?.feature.feature ?? 0) < 0;
  const name = (member: number): string => {
    const feature = members[member]?.feature;
    return feature === undefined ? "–" : `${feature.layer}/${isError(member) ? "error" : feature.feature}`;
  };
  const card = html("div", { class: "card-of-feature", "aria-live": "polite" }, html("p", { class: "hint" }, "Choose a feature to see what it does here."));
  const chips = new Map<number, HTMLButtonElement[]>();
  const chip = (member: number, activation: number | null, reference: number | null): HTMLButtonElement => {
    const same = Math.abs((activation ?? 0) - (reference ?? 0)) <= 1e-4 * Math.abs(activation ?? 0);
    const element = button({ class: same ? "chip same" : "chip", "data-member": member, title: `${isError(member) ? "error" : "feature"} ${name(member)}, ${isError(member) ? "length" : "activation"} ${brief(activation)}, left out ${brief(reference)}` }, () => choose(member), name(member));
    element.addEventListener("pointerenter", () => shade(member));
    element.addEventListener("focus", () => shade(member));
    chips.set(member, [...(chips.get(member) ?? []), element]);
    return element;
  };
  const layers = [...new Set(example.cells.map(({ member }) => members[member]?.feature.layer ?? 0))].toSorted((a, b) => b - a);
  const rows = layers.map((layer) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, `layer ${layer}`),
      ...example.tokens.map((_, position) => {
        const here = example.cells.filter((cell) => cell.position === position && members[cell.member]?.feature.layer === layer);
        return html("td", {}, ...here.slice(0, CHIPS).map(({ member, activation, reference }) => chip(member, activation, reference)), here.length > CHIPS ? html("small", {}, `+${here.length - CHIPS}`) : null);
      }),
    ),
  );
  const heads = example.tokens.map((text, position) => html("th", { scope: "col", title: `position ${position}` }, tokenText(text, 14)));
  const grid = html("table", { class: "circuit-grid" }, html("caption", { class: "spoken" }, "Features of the circuit by layer and token, last layer on top"), html("tbody", {}, ...rows), html("tfoot", {}, html("tr", {}, html("td", {}), ...heads)));

  const feeds = (member: number): readonly Edge[] => example.edges.filter(({ to }) => to === member);
  const fed = (member: number): readonly Edge[] => example.edges.filter(({ from }) => from === member);
  function shade(member: number): void {
    const strength = new Map<number, readonly [string, number]>();
    for (const { from, change } of feeds(member)) strength.set(from, ["up", Math.abs(change ?? 0)]);
    for (const { to, change } of fed(member)) strength.set(to, ["down", Math.abs(change ?? 0)]);
    for (const [other, elements] of chips)
      for (const element of elements) {
        const [kind, share] = strength.get(other) ?? ["", 0];
        element.dataset["flow"] = other === member ? "self" : kind;
        element.style.setProperty("--share", `${(100 * Math.min(1, 0.15 + share)).toFixed(0)}%`);
      }
  }
  function choose(member: number): void {
    shade(member);
    for (const [other, elements] of chips) for (const element of elements) element.setAttribute("aria-pressed", String(other === member));
    const effect = example.effects[member];
    const drop = members[member]?.drop;
    const list = (edges: readonly Edge[], pick: (edge: Edge) => number): HTMLElement =>
      edges.length === 0
        ? html("p", { class: "hint" }, "none above a fiftieth")
        : table(
            ["feature", "change"],
            edges
              .toSorted((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0))
              .slice(0, 8)
              .map((edge) => [name(pick(edge)), brief(edge.change)]),
          );
    card.replaceChildren(
      html("h3", {}, isError(member) ? `What the features of layer ${members[member]?.feature.layer ?? "–"} do not reconstruct` : `Feature ${name(member)}`),
      html(
        "dl",
        { class: "figures" },
        ...(
          [
            ["switched off in the model", `${brief(effect?.inModel)} ${choices.metric}`],
            ["switched off in the circuit", `${brief(effect?.inCircuit)} ${choices.metric}`],
            ["faithfulness lost without it, held-out pairs", brief(drop?.value)],
          ] as const
        ).map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, value))),
      ),
      ...(isError(member)
        ? []
        : [
            html("h4", {}, "Fed by"),
            list(feeds(member), ({ from }) => from),
            html("h4", {}, "Feeds"),
            list(fed(member), ({ to }) => to),
            html("p", { class: "note" }, `loupe features show ${name(member)} shows its examples. Change: of its activation when the earlier feature is set to ${choices.ablation}, as a share.`),
          ]),
    );
  }

  /** From the last layer down, as the grid; as wide as what the circuit loses without it. */
  function supernodes(): HTMLElement | null {
    const groups = report.supernodes;
    if (groups.length === 0) return null;
    const widest = Math.max(...groups.map(({ drop }) => drop.value ?? 0), 1e-9);
    const boxes = groups
      .toSorted((a, b) => b.last - a.last || b.first - a.first)
      .map((group) => {
        const box: HTMLButtonElement = button(
          { class: "supernode", "aria-pressed": "false" },
          () => {
            const on = box.getAttribute("aria-pressed") !== "true";
            for (const other of boxes) other.setAttribute("aria-pressed", String(other === box && on));
            for (const [member, elements] of chips) for (const element of elements) element.dataset["flow"] = on && group.members.includes(member) ? "self" : "";
          },
          html("b", {}, html("bdi", {}, group.name)),
          html("span", {}, `${group.members.length} features, ${group.first === group.last ? `layer ${group.first}` : `layers ${group.first}–${group.last}`}`),
          html("span", { class: "loss" }, `loses ${brief(group.drop.value)} [${brief(group.drop.low)}, ${brief(group.drop.high)}] · random ${brief(group.random)} (p = ${(group.p ?? NaN).toFixed(2)}) · in the model ${brief(group.inModel.value)}`),
        );
        box.style.setProperty("--share", `${(100 * Math.max(0, (group.drop.value ?? 0) / widest)).toFixed(0)}%`);
        return box;
      });
    const words = html("p", { class: "note" }, `Features that write alike and are needed in the same prompts, last layers on top. What faithfulness loses without each, beside as many of the members that were grouped of each layer drawn at random, and in the whole model when they are set to ${choices.ablation}. Choose one to see its members below.`);
    return panel("supernodes", "Its supernodes", words, html("div", { class: "supernodes" }, ...boxes));
  }

  const most = example.sizes.length - 1;
  const reading = html("output", { class: "reading" });
  const slider = html("input", { type: "range", min: 0, max: most, value: most, "aria-label": "Features of the circuit that are kept" });
  const resize = (): void => {
    const asked = Number(slider.value);
    const kept = asked >= most ? circuit.size : asked;
    for (const [member, elements] of chips) for (const element of elements) element.classList.toggle("out", member >= kept);
    reading.textContent = `${kept} of ${circuit.size} features kept: ${choices.metric} ${brief(example.sizes[asked])} · whole circuit ${brief(example.circuit)} · model ${brief(example.model)} · nothing ${brief(example.empty)}`;
  };
  slider.addEventListener("input", resize);
  resize();
  const prompt = html("p", {}, "“", html("bdi", {}, example.clean), "” → ", html("b", {}, html("bdi", {}, example.answer)), example.corrupted === "" ? null : html("span", { class: "note" }, " twin: “", html("bdi", {}, example.corrupted), "” → ", html("bdi", {}, example.foil)));
  const note = html("p", { class: "note" }, `Tokens across, layers up; a cell lists the circuit’s features that are active there${shown < circuit.size ? `, of the ${shown} with the largest drops` : ""}. Dotted: leaving it out changes nothing there. Point at one: what feeds it is shaded in one colour, what it feeds in the other.`);
  const box = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Grid of the circuit" }, grid);
  return [supernodes(), panel("grid", "The circuit on one held-out pair", prompt, note, html("label", { class: "size" }, html("span", {}, "Size"), slider), reading, box, card)];
}

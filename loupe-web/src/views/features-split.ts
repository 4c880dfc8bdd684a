// The view of how features split: every figure beside that of another seed of the same size, and trees of features.
import type { Estimate, Finding } from "../api/finding";
import type { Branch, Level, SplitReport, Tie } from "../api/geometry";
import { html, panel, type Child } from "../draw/element";
import { amount, count, percent, visible } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import type { View } from "./view";

export const featuresSplit: View = { schema: "loupe.features-split/1", name: "This splitting", show };

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const report = result as unknown as Finding<SplitReport>;
  document.title = `${report.question} · Loupe`;
  const words = report.concepts.map(({ word }) => word);
  const head = header({
    what: "features: split",
    theme: themeSwitch(),
    title: report.question,
    about: [words.length === 0 ? "Trees begin at the features with the most children." : `Trees begin at the features that tell ${words.join(", ")} best.`],
    evidence: report.evidence,
  });
  headFirst(host, "This splitting", head, () => [html("main", { class: "split" }, trees(report), levels(report), evidencePanel("features-split", report.evidence, report.caveats)), provenanceFooter(["Provenance", facts(report.provenance)])]);
}

function trees(report: SplitReport): HTMLElement {
  const seeded = report.trees.some(({ otherSeed }) => otherSeed !== null);
  const note = `A line is as thick as the correlation with the parent. Under each feature its ties to the parent${seeded ? ", and below them the best that the same feature has in a dictionary of its own size from another seed: a tie no stronger than that is no sign of splitting" : ""}. Measured on ${count(report.treePositions, "position")}.`;
  return panel(
    "trees",
    "Trees",
    html("p", { class: "note" }, note),
    report.concepts.length === 0 ? null : told(report),
    report.trees.length === 0 ? html("p", { class: "hint" }, "No feature has a child.") : html("ul", { class: "forest" }, ...report.trees.map((tree) => branch(tree, true))),
  );
}

/** The feature of each size that tells a word best, with its F1. */
function told({ concepts }: SplitReport): HTMLElement {
  const sizes = concepts[0]?.best.map(({ basis }) => basis) ?? [];
  const rows = concepts.map(({ word, occurrences, best }) => [word, occurrences.toLocaleString("en"), ...best.map(({ id, f1 }) => `${amount(f1)} (${id.layer}/${id.feature})`)]);
  return table(["Word", "Occurrences", ...sizes.map((each) => `F1 in ${each}`)], rows);
}

function branch(node: Branch, first: boolean): HTMLElement {
  const name = `${node.id.layer}/${node.id.feature}`;
  const told: Child = node.fires.length === 0 ? html("bdi", {}, visible(node.peak)) : html("span", { class: "tells" }, ...node.fires.flatMap(({ word, f1 }, i) => [i === 0 ? "tells " : ", ", html("bdi", {}, word), ` ${amount(f1)}`]));
  const body = html(
    "div",
    { class: "node" },
    html("p", {}, html("strong", {}, name), html("small", {}, ` ${node.basis}, active on ${percent(node.frequency)}`)),
    html("p", {}, told),
    node.fires.length === 0 ? null : html("p", { class: "peak" }, "strongest at ", html("bdi", {}, visible(node.peak))),
    node.parent === null ? null : html("p", { class: "tie" }, tie("parent", node.parent)),
    node.otherSeed === null ? null : html("p", { class: "tie seed" }, tie("another seed", node.otherSeed)),
  );
  const more = node.more === 0 ? null : html("li", { class: "hint" }, `${node.more.toLocaleString("en")} more children`);
  const item = html("li", {}, body, node.children.length === 0 ? null : html("ul", {}, ...node.children.map((child) => branch(child, false)), more));
  if (!first) item.style.setProperty("--tie", `${Math.max(1, 6 * Math.max(0, node.parent?.correlation ?? 0)).toFixed(1)}px`);
  return item;
}

function tie(what: string, { cosine, correlation, overlap }: Tie): string {
  return `${what}: cosine ${amount(cosine)}, correlation ${amount(correlation)}, active too on ${percent(overlap)}`;
}

/** The figures of every step, those of the same size from another seed in the columns beside it. */
function levels(report: SplitReport): HTMLElement {
  const columns = report.levels.flatMap((level, i): (readonly [string, Level])[] => {
    const same = (basis: string): (readonly [string, Level])[] => report.baselines.filter(({ smaller }) => smaller === basis).map((each) => [`${each.smaller}, another seed`, each]);
    return [...(i === 0 ? same(level.smaller) : []), [`${level.smaller} → ${level.larger}`, level], ...same(level.larger)];
  });
  const share = (each: Estimate | null | undefined): string => (each === null || each === undefined ? "–" : `${percent(each.value)} [${percent(each.low)}, ${percent(each.high)}]`);
  const novel = report.levels[0]?.novel.map(({ threshold }) => threshold) ?? [];
  const rows: (readonly [string, (level: Level) => string])[] = [
    ["Parents, children judged", (level) => `${level.parents.toLocaleString("en")}, ${level.children.toLocaleString("en")}`],
    ...novel.map((threshold, k): readonly [string, (level: Level) => string] => [`No parent at a cosine of ${amount(threshold)}`, (level) => share(level.novel[k]?.share)]),
    ["Lowers the smaller one's error (stitching)", (level) => share(level.stitched)],
    ["Parents with two children or more", (level) => share(level.split)],
    ["Same parent by direction and by activation", (level) => share(level.sameParent)],
    ["Parent active where the child is; texts permuted", (level) => `${percent(level.contained)}; ${percent(level.containedByChance)}`],
  ];
  const body = rows.map(([name, write]) => [name, ...columns.map(([, level]) => write(level))]);
  const without = report.baselines.length === 0 ? html("p", { class: "note" }, "No dictionary of another seed was given (--other-seed): how much of this is splitting cannot be told.") : null;
  return panel("levels", "From size to size", html("p", { class: "note" }, `On ${count(report.positions, "position")}; brackets hold Wilson's interval of 95%.`), without, table(["Figure", ...columns.map(([name]) => name)], body, () => false, "Table: figures from size to size"));
}

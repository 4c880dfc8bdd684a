// The view of a map of features: a plane to move in, a search, and beside it the neighbours by true cosine.
import type { Finding } from "../api/finding";
import type { MapReport, Points } from "../api/features-map";
import { button, html, panel } from "../draw/element";
import { fitted, Plane, type Ring } from "../draw/plane";
import { amount, count, percent, shorten, visible } from "../draw/text";
import { onThemeChange } from "../draw/theme";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import type { View } from "./view";

export const featuresMap: View = { schema: "loupe.features-map/1", name: "This map", show };

type Colour = readonly [red: number, green: number, blue: number];

/** Colours that differ for most eyes (Okabe and Ito); as many groups as these. */
const GROUPS: readonly Colour[] = [[42, 134, 200], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [140, 107, 177]];
const OTHERS: Colour = [127, 127, 127];
const RARE: Colour = [42, 134, 200];
const FREQUENT: Colour = [213, 94, 0];
/** More hits than this are counted and shown in the plane, not listed. */
const LISTED = 12;

/** What a point's colour tells; for all but frequency the groups, the largest first where there are more than colours. */
const COLOURS = { basis: "dictionary and its size", layer: "layer", frequency: "frequency", label: "label" } as const;
type ColourBy = keyof typeof COLOURS;

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const report = result as unknown as Finding<MapReport>;
  document.title = `${report.question} · Loupe`;
  const head = header({
    what: "features: map",
    theme: themeSwitch(),
    title: report.question,
    about: ["Distances between groups and their sizes mean nothing; the neighbours listed are those by true cosine."],
    evidence: report.evidence,
    figures: [
      ["Features", report.points.x.length.toLocaleString("en")],
      ["Neighbours kept", `${percent(report.preserved)} of ${report.neighbours} (by chance ${percent(report.preservedByChance)})`],
      ["Trustworthiness", amount(report.trustworthiness)],
      ["Seed", String(report.provenance.seed)],
    ],
  });
  headFirst(host, "This map", head, () => [html("main", { class: "map" }, ...new MapPanels(report).all(), evidencePanel("features-map", report.evidence, report.caveats)), provenanceFooter(["Provenance", facts(report.provenance)])]);
}

/** The plane, what colours it, the search and the chosen feature. */
class MapPanels {
  private readonly points: Points;
  private readonly plane: Plane;
  private readonly tip = html("p", { class: "tip", "aria-live": "polite" });
  private readonly legend = html("p", { class: "legend" });
  private readonly chosenBody = html("div", {}, html("p", { class: "hint" }, "Press a point, or search for a feature."));
  private readonly hitList = html("div", { class: "hits", "aria-live": "polite" });
  private readonly choices: readonly ColourBy[];
  private readonly everyone: readonly number[];
  private chosen = -1;
  private hovered = -1;
  private hits: readonly number[] = [];
  private colour: ColourBy;

  constructor(private readonly report: MapReport) {
    this.points = report.points;
    this.everyone = this.points.x.map((_, i) => i);
    const several = (values: readonly unknown[]): boolean => new Set(values).size > 1;
    const told: Readonly<Record<ColourBy, boolean>> = { basis: report.bases.length > 1, layer: several(this.points.layer), frequency: this.points.frequency.length > 0, label: this.points.label.length > 0 };
    const choices = (Object.keys(told) as ColourBy[]).filter((each) => told[each]);
    this.choices = choices.length === 0 ? ["basis"] : choices;
    this.colour = this.choices[0] ?? "basis";
    this.plane = new Plane(fitted(this.points.x, this.points.y), "Map of features; the table beside it names the chosen feature and its neighbours", {
      chosen: (i) => this.choose(i),
      hovered: (i) => {
        this.hovered = i;
        this.tip.textContent = i < 0 ? "" : `${this.name(i)} ${this.words(i)}`;
        this.mark();
      },
    });
    this.plane.element.append(this.tip);
    onThemeChange(() => this.mark());
    this.paint();
  }

  all(): HTMLElement[] {
    const search = html("input", { type: "search", "aria-label": "Search for a feature or for words", placeholder: this.points.peak.length > 0 || this.points.label.length > 0 ? "4/120, or words" : "4/120" });
    search.addEventListener("input", () => this.find(search.value));
    const select = html("select", { "aria-label": "Colour by" }, ...this.choices.map((each) => html("option", { value: each }, COLOURS[each])));
    select.addEventListener("change", () => {
      this.colour = select.value as ColourBy;
      this.paint();
    });
    const tools = html("div", { class: "tools" }, search, html("label", {}, "Colour by ", select));
    const how = this.plane.by === "WebGL" ? "" : " Drawn without WebGL, which this browser refuses: large maps move slower.";
    const note = html("p", { class: "note" }, `Drag to move; wheel, two fingers, + and − to zoom; 0 shows all.${how}`);
    return [panel("plane", "Features", note, tools, this.hitList, this.plane.element, this.legend), panel("chosen", "Neighbours by true cosine", this.chosenBody)];
  }

  private id(i: number): string {
    return `${this.points.layer[i] ?? 0}/${this.points.feature[i] ?? 0}`;
  }

  private name(i: number): string {
    return this.report.bases.length > 1 ? `${this.id(i)} of ${this.report.bases[this.points.basis[i] ?? 0] ?? ""}` : this.id(i);
  }

  /** What is known of a feature in words: its label, or else where it is strongest. */
  private words(i: number): string {
    const words = (this.points.label[i] ?? "") || (this.points.peak[i] ?? "");
    return words === "" ? "" : shorten(visible(words), 80);
  }

  private mark(): void {
    const rings: Ring[] = (this.points.near[this.chosen] ?? []).map((point) => ({ point, more: 2, width: 1 }));
    if (this.hovered >= 0) rings.push({ point: this.hovered, more: 3, width: 1 });
    if (this.chosen >= 0) rings.push({ point: this.chosen, more: 4, width: 2.5 });
    this.plane.mark(rings);
  }

  /** Colours the points, those that were found larger and above the others. */
  private paint(): void {
    const found = new Set(this.hits);
    const colour = this.colour === "frequency" ? this.byFrequency() : this.byGroup();
    const rank = (i: number): number => (found.has(i) ? 2 : colour(i) === OTHERS ? 0 : 1);
    const order = this.everyone.toSorted((a, b) => rank(a) - rank(b));
    this.plane.show(order, (i) => [...colour(i), found.size > 0 ? (found.has(i) ? 190 : 30) : colour(i) === OTHERS ? 80 : 190], (i) => (found.has(i) ? 1.8 : 1));
  }

  private byFrequency(): (i: number) => Colour {
    this.legend.replaceChildren("Colour: share of tokens on which a feature is active, blue rare (0.001%) to vermillion frequent (10%).");
    return (i) => {
      const share = Math.max(0, Math.min(1, (Math.log10(Math.max(1e-6, this.points.frequency[i] ?? 0)) + 5) / 4));
      const mixed = (channel: 0 | 1 | 2): number => Math.round(RARE[channel] + share * (FREQUENT[channel] - RARE[channel]));
      return [mixed(0), mixed(1), mixed(2)];
    };
  }

  private byGroup(): (i: number) => Colour {
    const group = (i: number): string | number => (this.colour === "label" ? this.points.label[i] : this.colour === "layer" ? this.points.layer[i] : this.points.basis[i]) ?? "";
    const sizes = new Map<string | number, number>();
    for (const i of this.everyone) if (group(i) !== "") sizes.set(group(i), (sizes.get(group(i)) ?? 0) + 1);
    const largest = [...sizes].sort((a, b) => b[1] - a[1]).slice(0, GROUPS.length).map(([name]) => name);
    const told = typeof largest[0] === "number" ? largest.sort((a, b) => Number(a) - Number(b)) : largest;
    const colours = new Map(told.map((name, k) => [name, GROUPS[k] ?? OTHERS]));
    const named = (name: string | number): string => (this.colour === "label" ? visible(String(name)) : this.colour === "layer" ? `layer ${name}` : `${this.report.bases[Number(name)] ?? ""}, ${count(this.report.sizes[Number(name)] ?? 0, "feature")}`);
    const entry = (colour: Colour, text: string): HTMLElement => {
      const mark = html("span", { class: "mark", "aria-hidden": "true" }, "●");
      mark.style.color = `rgb(${colour.join(" ")})`;
      return html("span", { class: "group" }, mark, " ", html("bdi", {}, shorten(text, 40)));
    };
    const rest = this.everyone.some((i) => !colours.has(group(i)));
    this.legend.replaceChildren(...told.map((name) => entry(colours.get(name) ?? OTHERS, named(name))), ...(rest ? [entry(OTHERS, this.colour === "label" ? "other labels, or none" : "others")] : []));
    return (i) => colours.get(group(i)) ?? OTHERS;
  }

  private find(text: string): void {
    const wanted = text.trim().toLowerCase();
    const number = /^\d+\/\d*$/.test(wanted);
    const told = (i: number): string => `${this.points.label[i] ?? ""}\n${this.points.peak[i] ?? ""}`.toLowerCase();
    this.hits = wanted === "" ? [] : this.everyone.filter((i) => (number ? this.id(i) === wanted : told(i).includes(wanted)));
    const link = (i: number): HTMLElement => button({ class: "link" }, () => this.choose(i), this.name(i));
    const listed = this.hits.slice(0, LISTED).flatMap((i) => [" ", link(i)]);
    this.hitList.replaceChildren(...(wanted === "" ? [] : this.hits.length === 0 ? ["Nothing found."] : [`${this.hits.length.toLocaleString("en")} found:`, ...listed, this.hits.length > LISTED ? " …" : ""]));
    this.paint();
    const [first] = this.hits;
    if (first !== undefined && this.hits.length === 1) this.choose(first);
  }

  private choose(i: number): void {
    this.chosen = i;
    const rows = (this.points.near[i] ?? []).map((other, k) => [button({ class: "link" }, () => this.choose(other), this.name(other)), amount(this.points.cosine[i]?.[k]), html("bdi", {}, this.words(other))]);
    const frequency = this.points.frequency[i];
    const told = (before: string, words: string | undefined): (Node | string)[] => (words === undefined || words === "" ? [] : [before, html("bdi", {}, visible(words))]);
    this.chosenBody.replaceChildren(
      html("p", {}, html("strong", {}, this.name(i)), frequency === undefined || frequency === null ? "" : `, active on ${percent(frequency)} of tokens`, ...told(", label: ", this.points.label[i]), ...told(", strongest at ", this.points.peak[i])),
      table(["Feature", "Cosine", "Label, or strongest at"], rows, (column) => column === 1),
    );
    this.mark();
    this.plane.reveal(i);
  }
}

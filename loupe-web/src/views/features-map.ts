// The view of a map of features: a plane to move in, a search, and beside it the neighbours by true cosine.
import type { Finding } from "../api/finding";
import type { MapReport, Points } from "../api/features-map";
import { button, html, panel } from "../draw/element";
import { amount, percent, visible } from "../draw/text";
import { onThemeChange } from "../draw/theme";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import type { View } from "./view";

export const featuresMap: View = { schema: "loupe.features-map/1", name: "This map", show };

/** Colours that differ for most eyes (Okabe and Ito); as many groups as these, then again. */
const GROUPS = ["#2a86c8", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];
/** Red, green and blue of what is rare and of what is frequent. */
const RARE = [42, 134, 200];
const FREQUENT = [213, 94, 0];
const RADIUS = 2.2;
const NEAREST = 14;
const MOST_HITS = 400;

type Colour = "basis" | "layer" | "frequency";

interface Place {
  readonly x: number;
  readonly y: number;
}

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
      ["Neighbours kept", `${percent(report.preserved)} (by chance ${percent(report.preservedByChance)})`],
      ["Trustworthiness", amount(report.trustworthiness)],
    ],
  });
  headFirst(host, "This map", head, () => [html("main", { class: "map" }, ...new MapPanels(report).all(), evidencePanel("features-map", report.evidence, report.caveats)), provenanceFooter(["Provenance", facts(report.provenance)])]);
}

/** The plane, what colours it, the search and the chosen feature. */
class MapPanels {
  private readonly points: Points;
  private readonly places: readonly Place[];
  private readonly canvas = html("canvas", { class: "plane", tabindex: 0, role: "img", "aria-label": "Map of features; the table beside it names the chosen feature and its neighbours" });
  private readonly tip = html("p", { class: "tip", "aria-live": "polite" });
  private readonly legend = html("p", { class: "legend" });
  private readonly chosenBody = html("div", {}, html("p", { class: "hint" }, "Press a point, or search for a feature."));
  private readonly hitList = html("p", { class: "hint" });
  private scale = 1;
  private left = 0;
  private top = 0;
  private chosen = -1;
  private hovered = -1;
  private hits: ReadonlySet<number> = new Set();
  private colour: Colour;

  constructor(private readonly report: MapReport) {
    this.points = report.points;
    this.places = fitted(this.points);
    this.colour = report.bases.length > 1 ? "basis" : new Set(this.points.layer).size > 1 ? "layer" : this.points.frequency.length > 0 ? "frequency" : "basis";
    this.follow();
    onThemeChange(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  all(): HTMLElement[] {
    const search = html("input", { type: "search", "aria-label": "Search for a feature or for words where features are strongest", placeholder: this.points.peak.length > 0 ? "4/120, or words" : "4/120" });
    search.addEventListener("input", () => this.find(search.value));
    const choices: Colour[] = ["basis", "layer", ...(this.points.frequency.length > 0 ? (["frequency"] as const) : [])];
    const select = html("select", { "aria-label": "Colour by" }, ...choices.map((each) => html("option", { value: each, selected: each === this.colour }, each === "basis" ? "dictionary" : each)));
    select.addEventListener("change", () => {
      this.colour = select.value as Colour;
      this.draw();
    });
    const whole = button({ class: "quiet" }, () => this.reset(), "Show all");
    const tools = html("div", { class: "tools" }, search, html("label", {}, "Colour by ", select), whole);
    const note = html("p", { class: "note" }, "Drag to move, turn the wheel or press + and − to zoom; a point has the colour of its group.");
    return [panel("plane", "Features", note, tools, this.hitList, html("div", { class: "frame" }, this.canvas, this.tip), this.legend), panel("chosen", "Neighbours by true cosine", this.chosenBody)];
  }

  private name(i: number): string {
    const id = `${this.points.layer[i] ?? 0}/${this.points.feature[i] ?? 0}`;
    return this.report.bases.length > 1 ? `${id} of ${this.report.bases[this.points.basis[i] ?? 0] ?? ""}` : id;
  }

  private words(i: number): string {
    const peak = this.points.peak[i] ?? "";
    return peak === "" ? "" : visible(peak);
  }

  private reset(): void {
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    this.draw();
  }

  /** Where a feature stands on the canvas, in CSS pixels. */
  private at(i: number): readonly [number, number] {
    const place = this.places[i] ?? { x: 0, y: 0 };
    const side = Math.min(this.canvas.clientWidth, this.canvas.clientHeight);
    const x = (this.canvas.clientWidth - side) / 2 + place.x * side;
    const y = (this.canvas.clientHeight - side) / 2 + place.y * side;
    return [x * this.scale + this.left, y * this.scale + this.top];
  }

  private draw(): void {
    const ratio = devicePixelRatio;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext("2d");
    if (pen === null) return;
    const style = getComputedStyle(this.canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const radius = RADIUS * Math.min(3, Math.sqrt(this.scale));
    const searching = this.hits.size > 0;
    for (let i = 0; i < this.places.length; i++) {
      const [x, y] = this.at(i);
      if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
      pen.globalAlpha = searching && !this.hits.has(i) ? 0.12 : 0.75;
      pen.fillStyle = this.colourOf(i);
      pen.beginPath();
      pen.arc(x, y, searching && this.hits.has(i) ? radius * 1.8 : radius, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = style.color;
    for (const other of this.points.near[this.chosen] ?? []) this.ring(pen, other, radius + 2, 1);
    if (this.hovered >= 0) this.ring(pen, this.hovered, radius + 3, 1);
    if (this.chosen >= 0) this.ring(pen, this.chosen, radius + 4, 2.5);
    this.tell();
  }

  private ring(pen: CanvasRenderingContext2D, i: number, radius: number, width: number): void {
    const [x, y] = this.at(i);
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }

  private colourOf(i: number): string {
    if (this.colour === "frequency") {
      const share = Math.max(0, Math.min(1, (Math.log10(Math.max(1e-6, this.points.frequency[i] ?? 0)) + 5) / 4));
      return `rgb(${RARE.map((rare, channel) => Math.round(rare + share * ((FREQUENT[channel] ?? 0) - rare))).join(" ")})`;
    }
    return GROUPS[this.group(i) % GROUPS.length] ?? "#7f7f7f";
  }

  private group(i: number): number {
    return (this.colour === "layer" ? this.points.layer[i] : this.points.basis[i]) ?? 0;
  }

  /** The colours, in words. */
  private tell(): void {
    if (this.colour === "frequency") {
      this.legend.replaceChildren("Colour: share of tokens on which a feature is active, blue rare (0.001%) to vermillion frequent (10%).");
      return;
    }
    const groups = [...new Set(this.places.map((_, i) => this.group(i)))].sort((a, b) => a - b);
    this.legend.replaceChildren(
      ...groups.map((each) => {
        const mark = html("span", { class: "mark", "aria-hidden": "true" }, "●");
        mark.style.color = GROUPS[each % GROUPS.length] ?? "#7f7f7f";
        return html("span", { class: "group" }, mark, this.colour === "layer" ? ` layer ${each}` : ` ${this.report.bases[each] ?? ""}`);
      }),
    );
  }

  private find(text: string): void {
    const wanted = text.trim().toLowerCase();
    const hits: number[] = [];
    for (let i = 0; wanted !== "" && i < this.places.length && hits.length < MOST_HITS; i++) {
      const id = `${this.points.layer[i] ?? 0}/${this.points.feature[i] ?? 0}`;
      if (id === wanted || (!/^\d+\/\d*$/.test(wanted) && (this.points.peak[i] ?? "").toLowerCase().includes(wanted))) hits.push(i);
    }
    this.hits = new Set(hits);
    const first = hits[0];
    this.hitList.replaceChildren(wanted === "" ? "" : hits.length === 0 ? "Nothing found." : `${hits.length}${hits.length === MOST_HITS ? " or more" : ""} found.`);
    if (first !== undefined && hits.length === 1) this.choose(first);
    else this.draw();
  }

  private choose(i: number): void {
    this.chosen = i;
    const near = this.points.near[i] ?? [];
    const rows = near.map((other, k) => [button({ class: "link" }, () => this.choose(other), this.name(other)), amount(this.points.cosine[i]?.[k]), html("bdi", {}, this.words(other))]);
    const frequency = this.points.frequency[i];
    this.chosenBody.replaceChildren(
      html("p", {}, html("strong", {}, this.name(i)), frequency === undefined || frequency === null ? "" : `, active on ${percent(frequency)} of tokens`, this.words(i) === "" ? "" : ", strongest at ", html("bdi", {}, this.words(i))),
      table(["Feature", "Cosine", "Strongest at"], rows, (column) => column === 1),
    );
    this.draw();
  }

  /** The nearest point within reach of the pointer. */
  private under(event: PointerEvent | MouseEvent): number {
    let best = -1;
    let least = NEAREST * NEAREST;
    for (let i = 0; i < this.places.length; i++) {
      const [x, y] = this.at(i);
      const away = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
      if (away < least) {
        least = away;
        best = i;
      }
    }
    return best;
  }

  private zoom(factor: number, x: number, y: number): void {
    const scale = Math.min(200, Math.max(0.5, this.scale * factor));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.draw();
  }

  private follow(): void {
    let from: readonly [number, number] | null = null;
    let moved = false;
    this.canvas.addEventListener("pointerdown", (event) => {
      from = [event.offsetX, event.offsetY];
      moved = false;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (from !== null) {
        moved = moved || Math.hypot(event.offsetX - from[0], event.offsetY - from[1]) > 3;
        if (!moved) return;
        this.left += event.offsetX - from[0];
        this.top += event.offsetY - from[1];
        from = [event.offsetX, event.offsetY];
        this.draw();
        return;
      }
      const here = this.under(event);
      if (here !== this.hovered) {
        this.hovered = here;
        this.tip.textContent = here < 0 ? "" : `${this.name(here)} ${this.words(here)}`;
        this.draw();
      }
    });
    this.canvas.addEventListener("pointerup", (event) => {
      from = null;
      const here = moved ? -1 : this.under(event);
      if (here >= 0) this.choose(here);
    });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => {
      const middle: readonly [number, number] = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
      const steps: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
      const step = steps[event.key];
      if (event.key === "+" || event.key === "=") this.zoom(1.4, ...middle);
      else if (event.key === "-") this.zoom(1 / 1.4, ...middle);
      else if (step !== undefined) {
        this.left += step[0];
        this.top += step[1];
        this.draw();
      } else return;
      event.preventDefault();
    });
  }
}

/** The plane within a unit square, a margin left. */
function fitted({ x, y }: Points): Place[] {
  const xs = x.map((value) => value ?? 0);
  const ys = y.map((value) => value ?? 0);
  const range = (values: readonly number[]): readonly [number, number] => values.reduce<readonly [number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [left, right] = range(xs);
  const [top, bottom] = range(ys);
  const side = Math.max(right - left, bottom - top, 1e-9) * 1.06;
  return xs.map((value, i) => ({ x: 0.5 + (value - (left + right) / 2) / side, y: 0.5 + ((ys[i] ?? 0) - (top + bottom) / 2) / side }));
}

// The graph: edges on a canvas as large as the window onto it, nodes as SVG above, axes that stay in sight.
import { html, svg } from "../draw/element";
import { curve, paint, strokes, type Palette, type Stroke } from "../draw/edges";
import { layOut, type Column, type Layout } from "../draw/layout";
import { nodeElement } from "../draw/nodes";
import { drawable, emphasis, listed, pinned, shown } from "../state/emphasis";
import { isBias } from "../state/graph";
import type { Session } from "../state/session";
import { layerAxis, tokenAxis } from "./axes";
import { tooltip } from "./tooltip";
import { travel } from "./travel";

/** Pixels across a sheet of paper, upright, within its margins. */
const PAPER = 690;

export interface GraphPanel {
  readonly element: HTMLElement;
  /** The layout on screen, for the exported picture. */
  layout(): Layout;
  /** Edges on screen, faint ones first. */
  strokes(): readonly Stroke[];
}

export function graphPanel(session: Session): GraphPanel {
  const { trace, store } = session;
  const canvas = html("canvas", { class: "edges", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const nodes = svg("g");
  const bands = svg("g", { class: "bands", "aria-hidden": "true" });
  const printed = svg("g", { class: "printed", "aria-hidden": "true" });
  const drawing = svg("svg", { class: "nodes", role: "group", "aria-label": "Attribution graph: prompt positions across, layers up" }, bands, printed, nodes);
  const stage = html("div", { class: "stage" }, canvas, drawing);
  const window_ = html("div", { class: "window" }, stage);
  const layers = html("div", { class: "layer-axis", "aria-hidden": "true" });
  const tokens = html("div", { class: "token-axis", "aria-hidden": "true" });
  const tip = tooltip(session);
  const frame = html("div", { class: "frame" }, layers, window_, html("div", { class: "corner", "aria-hidden": "true" }), tokens, tip.element);
  const colours = { raise: html("i", { class: "probe raise" }), lower: html("i", { class: "probe lower" }) };
  const element = html("section", { id: "graph", class: "graph", "aria-label": "Graph" }, frame, colours.raise, colours.lower);

  const elements = new Map<string, SVGGElement>();
  let layout: Layout = { width: 0, height: 0, columns: [], rows: [], placed: new Map() };
  let drawn: readonly Stroke[] = [];
  let frameWidth = 0;
  // Kept here because asking the page for them after a change makes it lay everything out again.
  let palette: Palette | null = null;
  let seen = { left: 0, top: 0, width: 0, height: 0 };

  const measurer = html("canvas").getContext("2d");
  if (measurer !== null) measurer.font = "600 12.5px system-ui, sans-serif";
  const measure = (text: string): number => measurer?.measureText(text).width ?? text.length * 7;

  const redraw = (): void => {
    if (context === null) return;
    palette ??= { raise: getComputedStyle(colours.raise).color, lower: getComputedStyle(colours.lower).color };
    const scale = window.devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paint(context, drawn, palette, seen.left, seen.top, seen.width, seen.height);
  };
  const fitCanvas = (): void => {
    const scale = window.devicePixelRatio || 1;
    const width = Math.min(window_.clientWidth, Math.ceil(layout.width));
    const height = Math.min(window_.clientHeight, Math.ceil(layout.height));
    seen = { left: window_.scrollLeft, top: window_.scrollTop, width, height };
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  };
  const emphasise = (): void => {
    const keys = new Set(shown(session).map(({ key }) => key));
    const searching = store.state.query.trim() !== "";
    const found = searching ? new Set(listed(session).map(({ key }) => key)) : keys;
    const strong = emphasis(session);
    const pins = new Set(pinned(session).map(({ key }) => key));
    const selected = session.view.find(store.state.selected)?.key ?? "";
    for (const [key, node] of elements) {
      const sign = strong.nodes.get(key);
      node.classList.toggle("hidden", !keys.has(key));
      node.classList.toggle("dim", strong.edges !== null ? sign === undefined : !found.has(key));
      node.classList.toggle("found", searching && found.has(key));
      node.classList.toggle("raise", sign === 1);
      node.classList.toggle("lower", sign === -1);
      node.classList.toggle("pinned", pins.has(key));
      node.classList.toggle("selected", key === selected);
      node.setAttribute("aria-pressed", String(key === selected));
      node.setAttribute("tabindex", key === (selected === "" ? entry() : selected) ? "0" : "-1");
    }
    drawn = strokes(session.view.edges, layout, keys, found, strong);
    redraw();
  };
  /** Where Tab enters the graph when nothing is pinned: the likeliest answer. */
  const entry = (): string => session.view.nodes.find(({ kind }) => kind === "logit")?.key ?? session.view.nodes[0]?.key ?? "";
  const scrollAxes = (): void => {
    seen = { ...seen, left: window_.scrollLeft, top: window_.scrollTop };
    layers.scrollTop = seen.top;
    tokens.scrollLeft = seen.left;
  };
  const bring = (key: string): void => {
    const place = layout.placed.get(key);
    if (place === undefined) return;
    const { scrollLeft: left, scrollTop: top, clientWidth, clientHeight } = window_;
    const outside = place.x < left + 20 || place.x > left + clientWidth - 20 || place.y < top + 20 || place.y > top + clientHeight - 20;
    if (outside) window_.scrollTo({ left: place.x - clientWidth / 2, top: place.y - clientHeight / 2 });
  };
  const reveal = (): void => bring(session.view.find(store.state.selected)?.key ?? "");
  /** What a search finds first, or what a row outside the graph points at, comes into sight. */
  const revealFound = (): void => {
    if (store.state.query.trim() === "") return;
    const [first] = [...listed(session)].sort((a, b) => b.influence - a.influence);
    if (first !== undefined) bring(first.key);
  };
  const rebuild = (): void => {
    if (frameWidth === 0) return;
    const focused = document.activeElement?.getAttribute("data-key") ?? "";
    layout = layOut(trace, drawable(session), { width: frameWidth - 2, zoom: store.state.zoom, measure });
    stage.style.width = `${layout.width}px`;
    stage.style.height = `${layout.height}px`;
    drawing.setAttribute("width", String(layout.width));
    drawing.setAttribute("height", String(layout.height));
    elements.clear();
    for (const place of layout.placed.values()) elements.set(place.node.key, nodeElement(trace, place));
    nodes.replaceChildren(...elements.values());
    bands.replaceChildren(...bandsOf(layout));
    layers.replaceChildren(layerAxis(trace, layout));
    tokens.replaceChildren(tokenAxis(trace, layout));
    fitCanvas();
    emphasise();
    light();
    scrollAxes();
    if (focused !== "") elements.get(focused)?.focus({ preventScroll: true });
  };

  const light = (): void => {
    const { lit } = store.state;
    for (const [key, node] of elements) node.classList.toggle("lit", lit.includes(key));
  };

  const keyAt = (event: Event): string => (event.target as Element).closest("[data-key]")?.getAttribute("data-key") ?? "";
  drawing.addEventListener("pointerover", (event) => store.update({ hovered: keyAt(event) }));
  drawing.addEventListener("pointerleave", () => store.update({ hovered: "" }));
  drawing.addEventListener("click", (event) => {
    const key = keyAt(event);
    if (key === "") store.select("");
    else if (event.ctrlKey || event.metaKey) store.togglePin(key);
    else store.toggle(key);
  });
  window_.addEventListener("scroll", () => {
    scrollAxes();
    redraw();
  });
  travel(session, drawing, (key) => elements.get(key)?.focus({ preventScroll: true }));

  // On paper the layout of the screen is kept: the shapes of its edges are drawn already.
  let printing = false;
  new ResizeObserver(() => {
    if (printing) return;
    const first = frameWidth === 0;
    const width = window_.clientWidth;
    if (width !== frameWidth) {
      frameWidth = width;
      rebuild();
      if (first) window_.scrollTo({ left: layout.width, top: 0 });
      if (first) reveal();
    } else {
      fitCanvas();
      redraw();
    }
  }).observe(window_);
  store.watch(["expanded", "zoom", "biases"], rebuild);
  // A bias that is gone to from a list is shown with the others.
  store.watch(["selected"], () => {
    const node = session.view.find(store.state.selected);
    if (node !== undefined && isBias(node.kind) && !store.state.biases) store.update({ biases: true });
  });
  store.watch(["selected", "hovered", "path", "hoveredPath", "pins", "onlyPins", "minInfluence", "query"], emphasise);
  store.watch(["lit"], light);
  store.watch(["selected"], reveal);
  store.watch(["query"], revealFound);
  store.watch(["hovered"], () => tip.show(layout.placed.get(store.state.hovered), window_));
  // A canvas keeps what it showed for the screen; on paper the same edges are drawn as shapes.
  const print = (isPrinting: boolean): void => {
    printing = isPrinting;
    frame.style.setProperty("--screen", `${frame.offsetWidth}px`);
    frame.style.setProperty("--paper-zoom", String(Math.min(1, PAPER / frame.offsetWidth)));
    printed.replaceChildren(...(isPrinting ? drawn.map(shape) : []));
  };
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  const recolour = (): void => {
    palette = null;
    requestAnimationFrame(redraw);
  };
  store.watch(["theme"], recolour);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  return { element, layout: () => layout, strokes: () => drawn };
}

/** An edge as a shape, for paper. */
function shape(stroke: Stroke): SVGElement {
  const [x, y, ...rest] = curve(stroke).map((value) => value.toFixed(1));
  return svg("path", { class: stroke.edge.weight < 0 ? "lower" : "raise", d: `M${x} ${y}C${rest.join(" ")}`, "stroke-width": stroke.width.toFixed(2), "stroke-opacity": stroke.opacity });
}

/** Faint stripes behind every second column, and the lines that set embedding and logits apart. */
function bandsOf({ columns, rows, width, height, placed }: Layout): SVGElement[] {
  const stripe = (column: Column, look: string): SVGElement => svg("rect", { class: look, x: column.x, y: 0, width: column.width, height });
  const stripes = columns.flatMap((column, index) => (column.held ? [stripe(column, "held")] : index % 2 === 1 ? [stripe(column, "")] : []));
  const lines = [rows[0], rows.at(-2)].flatMap((row) => (row === undefined ? [] : [row.y + row.height + 7]));
  // What is held stands on one line, so that it reads as one thing.
  const held = [...placed.values()].filter(({ node }) => node.held);
  const spine = held.length === 0 ? [] : [svg("path", { class: "spine", d: `M${[...held].sort((a, b) => a.y - b.y).map(({ x, y }) => `${x} ${y}`).join("L")}` })];
  return [...stripes, ...spine, ...lines.map((y) => svg("line", { x1: 0, x2: width, y1: y, y2: y }))];
}

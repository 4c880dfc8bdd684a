// Tools of the graph: search, influence filter, groups, zoom, picture.
import { button, html } from "../draw/element";
import { count, percent } from "../draw/text";
import { drawable, listed, shown } from "../state/emphasis";
import { isBias, type ViewNode } from "../state/graph";
import type { Session } from "../state/session";

const STEPS = 200;
const ZOOMS: readonly number[] = [0.5, 0.65, 0.8, 1, 1.25, 1.5, 2];

export function toolbar(session: Session, savePicture: () => void): HTMLElement {
  return html("div", { class: "toolbar" }, search(session), filter(session), groups(session), biases(session), zoom(session), button({ class: "quiet", id: "save-picture" }, savePicture, "Save SVG"));
}

function search(session: Session): HTMLElement {
  const { store } = session;
  const input = html("input", { type: "search", id: "search", placeholder: "token, label or 12/873", autocomplete: "off", spellcheck: "false", "aria-label": "Search nodes" });
  const found = html("output", { for: "search" });
  input.addEventListener("input", () => store.update({ query: input.value }));
  input.addEventListener("keydown", ({ key }) => {
    const [first] = [...listed(session)].sort((a, b) => b.influence - a.influence);
    if (key === "Enter" && first !== undefined) store.select(first.key);
    if (key === "Escape") store.update({ query: "" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    input.focus();
  });
  store.watch(["query", "minInfluence", "biases", "expanded"], () => {
    const { query } = store.state;
    if (input.value !== query) input.value = query;
    found.textContent = query.trim() === "" ? "" : `${listed(session).length} found`;
  });
  return html("div", { class: "tool search" }, input, found);
}

/** The slider runs over the logarithm of the influence, from showing all to showing only the strongest. */
function filter(session: Session): HTMLElement {
  const { store, trace } = session;
  const influences = trace.nodes.map(({ influence }) => influence ?? 0).filter((influence) => influence > 0);
  const low = Math.log(influences.reduce((least, influence) => Math.min(least, influence), 1));
  const high = Math.log(influences.reduce((most, influence) => Math.max(most, influence), 1e-9));
  const toInfluence = (step: number): number => (step <= 0 ? 0 : Number(Math.exp(low + ((high - low) * step) / STEPS).toPrecision(3)));
  const toStep = (influence: number): number => (influence <= 0 || high <= low ? 0 : Math.round(((Math.log(influence) - low) / (high - low)) * STEPS));
  const slider = html("input", { type: "range", id: "influence", min: 0, max: STEPS, step: 1 });
  const said = html("output", { for: "influence" });
  slider.addEventListener("input", () => store.update({ minInfluence: toInfluence(Number(slider.value)) }));
  store.watch(["minInfluence", "biases", "expanded", "selected"], () => {
    const { minInfluence } = store.state;
    const all = drawable(session).length;
    const left = shown(session).length;
    const step = toStep(minInfluence);
    if (toInfluence(Number(slider.value)) !== minInfluence) slider.value = String(step);
    const kept = sum(shown(session)) / Math.max(sum(drawable(session)), Number.MIN_VALUE);
    said.textContent = minInfluence === 0 ? `all ${all} nodes` : `≥ ${percent(minInfluence)}: ${left} of ${all}, ${percent(kept)} of their influence`;
    slider.setAttribute("aria-valuetext", said.textContent);
  });
  return html("div", { class: "tool filter" }, html("label", { for: "influence" }, "Influence"), slider, said);
}

function sum(nodes: readonly ViewNode[]): number {
  return nodes.reduce((all, { influence }) => all + influence, 0);
}

function groups(session: Session): HTMLElement | null {
  const { store, trace } = session;
  const ids = (trace.groups ?? []).map(({ id }) => id);
  if (ids.length === 0) return null;
  const element = button({ class: "quiet", id: "groups" }, () => store.update({ expanded: new Set(store.state.expanded.size > 0 ? [] : ids) }));
  store.watch(["expanded"], () => (element.textContent = store.state.expanded.size > 0 ? "Fold groups" : `Unfold ${count(ids.length, "group")}`));
  return element;
}

function biases({ store, trace }: Session): HTMLElement | null {
  if (!trace.nodes.some(({ kind }) => isBias(kind))) return null;
  const element = button({ class: "quiet", id: "biases" }, () => store.update({ biases: !store.state.biases }));
  store.watch(["biases"], () => (element.textContent = store.state.biases ? "Hide biases" : "Show biases"));
  return element;
}

function zoom({ store }: Session): HTMLElement {
  const step = (direction: 1 | -1) => (): void => {
    const { zoom: now } = store.state;
    const next = direction > 0 ? ZOOMS.find((each) => each > now) : ZOOMS.findLast((each) => each < now);
    store.update({ zoom: next ?? now });
  };
  const said = button({ class: "level", title: "Back to 100%" }, () => store.update({ zoom: 1 }));
  store.watch(["zoom"], () => {
    said.textContent = `${Math.round(store.state.zoom * 100)}%`;
    said.setAttribute("aria-label", `Zoom ${said.textContent}, back to 100%`);
  });
  return html("div", { class: "tool zoom", role: "group", "aria-label": "Zoom" }, button({ "aria-label": "Smaller" }, step(-1), "−"), said, button({ "aria-label": "Larger" }, step(1), "+"));
}

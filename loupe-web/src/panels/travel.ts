// Travel by keyboard: up and down along the strongest link, left and right to the neighbour in the row.
import { isBias, leadsOn, type ViewEdge, type ViewNode } from "../state/graph";
import { shown as shownNodes } from "../state/emphasis";
import type { Session } from "../state/session";

/** A function that puts the focus on a node's element. */
type Focus = (key: string) => void;

export function travel(session: Session, drawing: Element, focus: Focus): void {
  const { store } = session;
  let route: { key: string; edges: readonly ViewEdge[]; end: "source" | "target"; index: number } | null = null;

  const go = (node: ViewNode | undefined): void => {
    if (node === undefined) return;
    store.select(node.key);
    focus(node.key);
  };
  const shown = (node: ViewNode): boolean => shownNodes(session).includes(node);
  /** What can be followed further comes before sums and constants, and those before biases. */
  const rank = ({ kind }: ViewNode): number => (leadsOn(kind) || kind === "logit" ? 0 : isBias(kind) ? 2 : 1);
  const along = (from: ViewNode, end: "source" | "target"): void => {
    const all = end === "source" ? session.view.inputs(from.key) : session.view.outputs(from.key);
    const edges = all.filter((edge) => shown(edge[end])).sort((a, b) => rank(a[end]) - rank(b[end]));
    if (edges[0] === undefined) return;
    route = { key: edges[0][end].key, edges, end, index: 0 };
    go(edges[0][end]);
  };
  /** The next strongest link of the step just taken, so that a fork can be tried branch by branch. */
  const branch = (step: number): void => {
    if (route === null) return;
    route.index = (route.index + step + route.edges.length) % route.edges.length;
    const next = route.edges[route.index]?.[route.end];
    route.key = next?.key ?? route.key;
    go(next);
  };
  const beside = (from: ViewNode, step: number): void => {
    const row = [...drawing.querySelectorAll("[data-key]")]
      .flatMap((element) => session.view.find(element.getAttribute("data-key") ?? "") ?? [])
      .filter((node) => node.layer === from.layer && shown(node));
    const left = (node: ViewNode): number => drawing.querySelector(`[data-key="${CSS.escape(node.key)}"]`)?.getBoundingClientRect().left ?? 0;
    row.sort((a, b) => left(a) - left(b));
    go(row[row.indexOf(from) + step]);
  };

  drawing.addEventListener("keydown", (event) => {
    const { key, shiftKey, altKey, ctrlKey, metaKey, target } = event as KeyboardEvent;
    if (altKey || ctrlKey || metaKey) return;
    const from = session.view.find((target as Element).getAttribute("data-key") ?? "");
    if (from === undefined) return;
    if (key === "ArrowUp") along(from, "target");
    else if (key === "ArrowDown") along(from, "source");
    else if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = key === "ArrowLeft" ? -1 : 1;
      if (shiftKey && route?.key === from.key) branch(step);
      else beside(from, step);
    } else if (key === "Enter" || key === " ") store.toggle(from.key);
    else if (key === "p") store.togglePin(from.key);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape" || target instanceof HTMLInputElement) return;
    store.update({ selected: "", path: -1, hovered: "", hoveredPath: -1 });
  });
}

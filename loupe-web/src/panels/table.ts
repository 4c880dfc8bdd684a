// The table twin of the graph: the same nodes, the same selection, sortable.
import { bar } from "../draw/bar";
import { button, html, panel } from "../draw/element";
import { amount, count, kindName, nodeLabel, nodeName, percent, tokenAt } from "../draw/text";
import { drawable, listed } from "../state/emphasis";
import { isUnit, type ViewNode } from "../state/graph";
import type { Session } from "../state/session";
import type { SortColumn } from "../state/store";

interface TableColumn {
  readonly name: SortColumn;
  readonly title: string;
  readonly numeric: boolean;
  readonly value: (node: ViewNode) => string | number;
}

const PAGE = 120;

export function tablePanel(session: Session): HTMLElement {
  const { trace, store } = session;
  const columns: readonly TableColumn[] = [
    { name: "name", title: "Node", numeric: false, value: nodeName },
    { name: "label", title: "What it says", numeric: false, value: nodeLabel },
    { name: "token", title: "Position", numeric: false, value: ({ position }) => position ?? -1 },
    { name: "layer", title: "Layer", numeric: true, value: ({ layer }) => layer ?? -2 },
    { name: "value", title: "Value", numeric: true, value: ({ kind, node }) => (hasValue(kind) ? (node.value ?? NaN) : NaN) },
    { name: "activation", title: "Activation", numeric: true, value: ({ kind, node }) => (isUnit(kind) ? (node.activation ?? NaN) : NaN) },
    { name: "influence", title: "Influence", numeric: true, value: ({ influence }) => influence },
  ];
  const heads = columns.map(({ name, title, numeric }) => {
    const press = (): void => {
      const { sort, descending } = store.state;
      store.update({ sort: name, descending: sort === name ? !descending : numeric });
    };
    const head = html("th", { scope: "col", class: numeric ? "numeric" : "" }, button({}, press, title));
    store.watch(["sort", "descending"], () => {
      const { sort, descending } = store.state;
      if (sort === name) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    return head;
  });
  const body = html("tbody");
  const summary = html("p", { class: "hint", role: "status" });
  const more = button({ class: "quiet" }, () => ((pages += 4), fill()), "Show more rows");
  const window_ = html("div", { class: "rows", tabindex: 0, role: "region", "aria-label": "Table of nodes" }, html("table", {}, html("thead", {}, html("tr", {}, ...heads)), body), more);
  let pages = 1;

  const row = (node: ViewNode, largest: number): HTMLTableRowElement => {
    const name = button({ class: "pick", "data-link": node.key }, () => store.toggle(node.key), html("bdi", {}, nodeName(node)));
    const element = html(
      "tr",
      { "data-row": node.key },
      html("td", {}, name, html("small", {}, kindName(node.kind))),
      html("td", { class: "says" }, html("bdi", {}, nodeLabel(node))),
      html("td", {}, html("bdi", {}, tokenAt(trace, node.position)), node.position === null ? null : html("small", {}, String(node.position))),
      html("td", { class: "numeric" }, node.layer === null ? "–" : node.layer < 0 ? "emb." : node.layer >= trace.model.layers ? "logits" : String(node.layer)),
      html("td", { class: "numeric" }, hasValue(node.kind) ? amount(node.node.value) : "–"),
      html("td", { class: "numeric" }, isUnit(node.kind) ? amount(node.node.activation) : "–"),
      html("td", { class: "numeric influence" }, bar(largest > 0 ? node.influence / largest : 0, "plain"), html("span", {}, node.kind === "logit" ? "–" : percent(node.influence))),
    );
    element.addEventListener("pointerenter", () => store.update({ hovered: node.key }));
    element.addEventListener("pointerleave", () => store.update({ hovered: "" }));
    return element;
  };
  const fill = (): void => {
    const { sort, descending } = store.state;
    const column = columns.find(({ name }) => name === sort);
    if (column === undefined) return;
    const nodes = [...listed(session)].sort((a, b) => compare(column.value(a), column.value(b), descending));
    const largest = Math.max(0, ...nodes.map(({ influence }) => influence));
    const pinned = nodes.findIndex(({ key }) => key === session.view.find(store.state.selected)?.key);
    const most = Math.max(pages * PAGE, pinned + 1);
    body.replaceChildren(...nodes.slice(0, most).map((node) => row(node, largest)));
    more.hidden = nodes.length <= most;
    summary.textContent = nodes.length === 0 ? "No node matches the search." : `${count(nodes.length, "node")} of ${drawable(session).length}`;
    mark();
  };
  const mark = (): void => {
    const key = session.view.find(store.state.selected)?.key ?? "";
    for (const element of body.rows) {
      const selected = element.dataset["row"] === key;
      element.classList.toggle("selected", selected);
      element.querySelector("button")?.setAttribute("aria-pressed", String(selected));
      if (selected && !element.matches(":hover")) window_.scrollTo({ top: element.offsetTop - window_.clientHeight / 2 });
    }
  };
  store.watch(["sort", "descending", "query", "minInfluence", "biases", "expanded"], fill);
  store.watch(["selected"], () => {
    const key = session.view.find(store.state.selected)?.key;
    const present = key === undefined || [...body.rows].some((element) => element.dataset["row"] === key);
    if (present) mark();
    else fill();
  });
  store.watch(["hovered"], () => {
    for (const element of body.rows) element.classList.toggle("hovered", store.state.hovered !== "" && element.dataset["row"] === store.state.hovered);
  });
  return panel("table", "Nodes", summary, window_);
}

/** Only what is computed has a value of its own. */
function hasValue(kind: ViewNode["kind"]): boolean {
  return isUnit(kind) || kind === "logit" || kind === "error";
}

/** Missing values last, either way. */
function compare(a: string | number, b: string | number, descending: boolean): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  return descending ? -order : order;
}

// The strongest paths from a token to a logit. Pointing at one shows it in the graph, pressing keeps it.
import { button, html, panel } from "../draw/element";
import { nodeLabel, nodeName, percent, shorten, visible } from "../draw/text";
import type { ViewNode } from "../state/graph";
import type { Session } from "../state/session";
import { tokenText } from "./token";

export function pathsPanel(session: Session): HTMLElement {
  const { trace, store } = session;
  const list = html("ol", {});
  const rows: HTMLButtonElement[] = [];
  (trace.paths ?? []).forEach((path, index) => {
    const look = path.sign < 0 ? "lower" : "raise";
    const row = button({ class: `path ${look}`, "aria-pressed": "false" }, () => {
      store.update({ path: store.state.path === index ? -1 : index, selected: "", hovered: "" });
    });
    const hover = (shown: number) => (): void => store.update({ hoveredPath: shown });
    row.addEventListener("pointerenter", hover(index));
    row.addEventListener("pointerleave", hover(-1));
    row.addEventListener("focus", hover(index));
    row.addEventListener("blur", hover(-1));
    rows.push(row);
    list.append(html("li", {}, row));
  });
  store.watch(["expanded"], () => {
    rows.forEach((row, index) => {
      const path = trace.paths?.[index];
      if (path === undefined) return;
      const steps = path.nodes.flatMap((id) => session.view.standIn(id) ?? []);
      row.replaceChildren(
        html("span", { class: "sign" }, path.sign < 0 ? "− lowers" : "+ raises"),
        html("span", { class: "steps" }, ...steps.flatMap((node, at) => (at === 0 ? [step(node)] : [html("span", { class: "arrow", "aria-hidden": "true" }, "→"), step(node)]))),
        html("span", { class: "number", title: "Share of the targets' influence along this path" }, percent(path.share)),
      );
    });
  });
  store.watch(["path"], () => rows.forEach((row, index) => row.setAttribute("aria-pressed", String(store.state.path === index))));
  const empty = rows.length === 0 ? html("p", { class: "hint" }, "The trace lists no paths.") : null;
  return panel("paths", "Strongest paths", empty, list);
}

function step(node: ViewNode): HTMLElement {
  if (node.kind === "token" || node.kind === "logit") return tokenText(node.node.label ?? "", 14);
  const says = node.kind === "group" ? node.group?.label : node.node.promotes?.[0]?.text;
  return html("span", { class: "unit", title: nodeLabel(node) }, nodeName(node), says === undefined ? null : html("small", {}, html("bdi", {}, shorten(visible(says), 14))));
}

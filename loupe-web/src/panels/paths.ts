// The strongest paths from a token to a logit. Pointing at one shows it in the graph, pressing keeps it.
import type { TracePath } from "../api/trace";
import { button, html, panel } from "../draw/element";
import { nodeLabel, nodeName, nodeWords, percent } from "../draw/text";
import { unitName, type ViewNode } from "../state/graph";
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
        ...headline(session, path),
        html("span", { class: "sign" }, path.sign < 0 ? "− lowers" : "+ raises"),
        html("span", { class: "steps" }, ...steps.flatMap((node, at) => (at === 0 ? [step(node)] : [html("span", { class: "arrow", "aria-hidden": "true" }, "→"), step(node)]))),
      );
    });
  });
  store.watch(["path"], () => rows.forEach((row, index) => row.setAttribute("aria-pressed", String(store.state.path === index))));
  const empty = rows.length === 0 ? html("p", { class: "hint" }, "The trace lists no paths.") : null;
  const note = rows.length === 0 ? null : html("p", { class: "hint" }, `The strongest path through each of the most influential ${unitName(trace)}s; the share is what runs through it on all paths.`);
  return panel("paths", "Strongest paths", empty, note, list);
}

/** How much of the answer runs through the unit that the path stands for; an older trace tells only the path's own share. */
function headline({ view }: Session, { through, influence, share }: TracePath): HTMLElement[] {
  const node = through === undefined ? undefined : view.standIn(through);
  if (node === undefined) return [html("span", { class: "headline" }, html("b", { class: "number", title: "Share of the answer along this path" }, percent(share)))];
  const words = nodeWords(node);
  const said = words === "" || node.kind === "token" || node.kind === "logit" ? null : html("q", {}, html("bdi", {}, words));
  const amount = html("b", { class: "number", title: "Share of the answer that runs through this node, on all paths" }, percent(influence));
  return [html("span", { class: "headline" }, amount, " through ", html("span", { class: "unit" }, nodeName(node)), " ", said)];
}

function step(node: ViewNode): HTMLElement {
  if (node.kind === "token" || node.kind === "logit") return tokenText(node.node.label ?? "", 14);
  return html("span", { class: "unit", title: nodeLabel(node) }, nodeName(node));
}

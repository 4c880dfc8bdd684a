// What the model would say next.
import { bar } from "../draw/bar";
import { button, html, panel } from "../draw/element";
import { amount, percent } from "../draw/text";
import type { Session } from "../state/session";
import { tokenText } from "./token";

export function predictionsPanel({ trace, store, view }: Session): HTMLElement {
  const rows = trace.predictions.map(({ id, text, probability, logit }) => {
    const target = view.nodes.find((node) => node.kind === "logit" && node.node.token === id);
    const content = [
      tokenText(text, 20),
      bar(probability, "plain"),
      html("span", { class: "number" }, percent(probability)),
      html("span", { class: "share", title: "logit" }, amount(logit)),
    ];
    if (target === undefined) return html("li", {}, html("div", { class: "prediction" }, ...content));
    const row = button({ class: "prediction", "data-link": target.key, title: "A target of this graph" }, () => store.toggle(target.key), ...content);
    row.addEventListener("pointerenter", () => store.update({ hovered: target.key }));
    row.addEventListener("pointerleave", () => store.update({ hovered: "" }));
    store.watch(["selected"], () => row.setAttribute("aria-pressed", String(store.state.selected === target.key)));
    return html("li", {}, row);
  });
  return panel("predictions", "The model’s next token", html("ul", {}, ...rows));
}

// Small bars. A signed bar grows right for what raises, left for what lowers; its number stands beside it.
import { html } from "./element";

function sized(element: HTMLElement, share: number): HTMLElement {
  element.style.setProperty("--length", `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`);
  return element;
}

/** A bar from the left, share in 0..1 of its full width. */
export function bar(share: number, look = ""): HTMLElement {
  return sized(html("span", { class: `bar ${look}`, "aria-hidden": "true" }), share);
}

/** A bar from the middle, size relative to the largest shown beside it. */
export function signedBar(weight: number, largest: number): HTMLElement {
  const element = html("span", { class: `bar signed ${weight < 0 ? "lower" : "raise"}`, "aria-hidden": "true" });
  return sized(element, largest > 0 ? Math.abs(weight) / largest : 0);
}

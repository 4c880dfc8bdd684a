// Elements in one expression. Texts become text nodes, so nothing in a trace can become markup.

export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

const SVG = "http://www.w3.org/2000/svg";

export function html<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return furnish(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

export function button(attributes: Attributes, press: () => void, ...children: Child[]): HTMLButtonElement {
  const element = html("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", press);
  return element;
}

/** A panel: a titled region. */
export function panel(id: string, title: string, ...children: Child[]): HTMLElement {
  return html("section", { id, class: "panel", "aria-labelledby": `${id}-title` }, html("h2", { id: `${id}-title` }, title), ...children);
}

function furnish<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

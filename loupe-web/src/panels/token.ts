// A token as text on the page: its own direction of writing, its outer spaces as faint marks.
import { html } from "../draw/element";
import { shorten, visible } from "../draw/text";

const MARK = /^([␣↵␍⇥⍽]*)(.*?)([␣↵␍⇥⍽]*)$/su;

export function tokenText(text: string, most = 40): HTMLElement {
  const [, before = "", middle = "", after = ""] = MARK.exec(shorten(visible(text), most)) ?? [];
  const mark = (marks: string): HTMLElement | null => (marks === "" ? null : html("span", { class: "space" }, marks));
  return html("bdi", { class: "token", title: visible(text) }, mark(before), middle, mark(after));
}

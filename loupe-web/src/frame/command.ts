// A command that leads from this page to another result. Pages are files that know nothing of each other, so a link is what makes the other page.
import { button, html } from "../draw/element";

/** The command as text, and a button that copies it. */
export function command(label: string, text: string): HTMLElement {
  const code = html("code", {}, text);
  const said = html("span", { class: "spoken", "aria-live": "polite" });
  const copy = button({ class: "quiet" }, () => {
    const done = (how: string): void => {
      copy.textContent = how;
      said.textContent = how;
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    };
    // A page that was opened as a file may not be allowed to write to the clipboard; then the text is marked for the reader to copy.
    const mark = (): void => {
      getSelection()?.selectAllChildren(code);
      done("Marked");
    };
    if (navigator.clipboard === undefined) mark();
    else navigator.clipboard.writeText(text).then(() => done("Copied"), mark);
  }, "Copy");
  copy.setAttribute("aria-label", `Copy: ${label}`);
  return html("div", { class: "command" }, html("span", { class: "hint" }, label), html("div", {}, code, copy, said));
}

/** A text as one argument of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

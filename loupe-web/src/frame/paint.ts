// The head is painted before the drawing is made, so that a large result tells at once what it is.
import { showFailure } from "./failure";

/** Shows the head now, and what is below it after the browser has painted. */
export function headFirst(host: HTMLElement, name: string, head: HTMLElement, rest: () => readonly HTMLElement[]): void {
  host.replaceChildren(head);
  requestAnimationFrame(() =>
    setTimeout(() => {
      try {
        host.append(...rest());
        document.body.dataset["shown"] = "true";
      } catch (failure) {
        showFailure(host, name, failure);
      }
    }),
  );
}

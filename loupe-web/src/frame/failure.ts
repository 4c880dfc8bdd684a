// What is shown in place of a result that cannot be shown.
import { html } from "../draw/element";

export function showFailure(host: HTMLElement, name: string, failure: unknown): void {
  const message = failure instanceof Error ? failure.message : String(failure);
  host.replaceChildren(html("p", { class: "failure", role: "alert" }, `${name} cannot be shown. `, message));
}

// Where this page comes from: enough to run it again.
import { html } from "../draw/element";
import { amount } from "../draw/text";
import type { Trace } from "../api/trace";
import type { Session } from "../state/session";

export function provenanceFooter({ trace }: Session): HTMLElement {
  const list = html("dl", {}, ...facts(trace).map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value))));
  const note = "Everything on this page is in this one file; it loads nothing from anywhere.";
  return html("footer", { id: "provenance", "aria-label": "Provenance" }, html("h2", {}, "Provenance"), list, html("p", { class: "note" }, note));
}

/** Name and value of everything that the trace says of its origin. */
export function facts(trace: Trace): [string, string][] {
  const { inputs = [], ...rest } = trace.provenance ?? {};
  const { name, architecture, sha256, dtype } = trace.model;
  const all: [string, unknown][] = [
    ["model", [name, architecture, dtype].filter(Boolean).join(", ")],
    ["model sha256", sha256],
    ["basis", trace.basis],
    ...inputs.map((input): [string, unknown] => [input.name, input.sha256]),
    ...Object.entries(rest),
    ...Object.entries(trace.settings ?? {}),
  ];
  return all.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([key, value]) => [words(key), plain(value)]);
}

function plain(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : amount(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function words(name: string): string {
  return /^[a-z]+([A-Z][a-z]*)+$/.test(name) ? name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : name;
}

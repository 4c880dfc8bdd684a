// Where a page comes from: enough to run it again.
import type { Provenance } from "../api/finding";
import { html } from "../draw/element";
import { plain, words } from "./words";

export type Fact = readonly [name: string, value: unknown];

/** The foot of every view: lists of facts, each under its title. */
export function provenanceFooter(...lists: readonly (readonly [title: string, facts: readonly Fact[]])[]): HTMLElement {
  const shown = lists.flatMap(([title, facts]) => [html("h2", {}, title), html("dl", {}, ...told(facts).map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value))))]);
  const note = "This page is one self-contained file; it loads nothing from elsewhere.";
  return html("footer", { id: "provenance", "aria-label": "Provenance" }, ...shown, html("p", { class: "note" }, note));
}

/** Inputs by their hashes, then how the run was made. */
export function facts(provenance: Provenance | undefined): Fact[] {
  const { inputs = [], ...rest } = provenance ?? {};
  return [...inputs.map((input): Fact => [input.name, input.sha256]), ...Object.entries(rest)];
}

/** Facts that have a value, as texts. */
export function told(all: readonly Fact[]): (readonly [string, string])[] {
  return all.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => [words(name), plain(value, name)] as const);
}

// Tables: of texts, and of any JSON. Rows are objects and columns their properties, numbers of a column in one form.
import { button, html, type Child } from "../draw/element";
import { amount, visible } from "../draw/text";
import { estimated, isEstimate, plain, title, whole, words } from "./words";

type Row = Readonly<Record<string, unknown>>;

/** More rows are shown when they are asked for. */
const AT_REST = 50;
/** A few rows of more columns than this stand on their side, or most of them would be out of sight. */
const WIDE = 10;
const FEW = 4;
/** A longer text gets width for a sentence, or its column would be as narrow as its longest word. */
const LONG = 40;
/** Longer lists of values are counted rather than spelt. */
const LISTED = 64;

/** A table of texts, the first column its rows' names. */
export function table(columns: readonly string[], rows: readonly (readonly Child[])[], numeric: (column: number) => boolean = (column) => column > 0, name = `Table: ${columns.join(", ")}`): HTMLElement {
  const look = (column: number): string => (numeric(column) ? "numeric" : "");
  const head = html("tr", {}, ...columns.map((column, i) => html("th", { scope: "col", class: look(i) }, column)));
  const row = (cells: readonly Child[]): HTMLElement => html("tr", {}, ...cells.map((cell, i) => (i === 0 ? html("th", { scope: "row", class: look(i) }, cell) : html("td", { class: look(i) }, cell))));
  const body = html("tbody", {}, ...rows.map(row));
  return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, html("table", { class: "scores" }, html("thead", {}, head), body));
}

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isEstimate(value);
}

/** Whether every item is an object; of such a list a table is made. */
export function areRows(values: unknown): values is readonly Row[] {
  return Array.isArray(values) && values.length > 0 && values.every(isRow);
}

/** An object, a row for each property. */
export function factTable(facts: Row): HTMLElement {
  const rows = Object.entries(flat(facts)).map(([name, value]) => html("tr", {}, html("th", { scope: "row" }, title(name)), html("td", {}, cell(value, name))));
  return html("table", { class: "facts" }, html("tbody", {}, ...rows));
}

/** A list of objects, a row each. */
export function rowTable(objects: readonly Row[]): HTMLElement {
  const rows = objects.map(flat);
  const names = [...new Set(rows.flatMap(Object.keys))];
  const forms = names.map((name) => form(rows.map((row) => row[name]), name));
  const texts = (some: readonly Row[]): Child[][] => some.map((row) => names.map((name, i) => (row[name] === undefined ? "" : forms[i]?.(row[name]) ?? cell(row[name], name))));
  const make = (some: readonly Row[]): HTMLElement => table(names.map(title), texts(some), (column) => forms[column] !== undefined);
  if (rows.length <= FEW && names.length > WIDE) {
    const [first = "", ...others] = names;
    const cells = texts(rows);
    return table([title(first), ...rows.map((row) => String(row[first]))], others.map((name, i) => [title(name), ...cells.map((own) => own[i + 1] ?? "")]), () => false);
  }
  if (rows.length <= AT_REST + 10) return make(rows);
  const host = html("div", {}, make(rows.slice(0, AT_REST)));
  host.append(button({ class: "quiet more" }, () => host.replaceChildren(make(rows)), `Show all ${rows.length.toLocaleString("en")} rows`));
  return host;
}

/** How the numbers of a column are written; undefined where it holds something else. */
function form(values: readonly unknown[], name: string): ((value: unknown) => string) | undefined {
  const present = values.filter((value) => value !== null && value !== undefined);
  if (present.length > 0 && present.every(isEstimate)) return (value) => (isEstimate(value) ? estimated(value) : "–");
  if (present.length === 0 || !present.every((value) => typeof value === "number")) return undefined;
  return present.every(Number.isInteger) ? (value) => (typeof value === "number" ? whole(value, name) : "–") : (value) => amount(value as number | null);
}

/** One value as text or list; what is deeper is a table of its own behind a summary. */
export function cell(value: unknown, name: string): Child {
  if (isEstimate(value)) return estimated(value);
  if (typeof value === "string") return /\n/u.test(value.trim()) ? html("span", { class: "lines long" }, value) : html("bdi", value.length > LONG ? { class: "long" } : {}, visible(value));
  if (isRow(value)) return folded("object", factTable(value));
  if (areRows(value)) return folded(`${value.length.toLocaleString("en")} ${value.length === 1 ? "row" : "rows"}`, rowTable(value));
  if (!Array.isArray(value)) return plain(value, name);
  const items: readonly unknown[] = value;
  if (items.some((item) => typeof item === "object" && item !== null && !isEstimate(item))) return folded(`${items.length.toLocaleString("en")} items`, html("span", { class: "lines" }, JSON.stringify(value, null, 1)));
  if (items.length === 0) return "none";
  const all = (): HTMLElement => list(items, name);
  return items.length <= LISTED ? all() : folded(`${items.length.toLocaleString("en")} values`, all());
}

function list(values: readonly unknown[], name: string): HTMLElement {
  const write = form(values, name);
  return html("span", { class: "list" }, ...values.map((value) => html("span", { class: "item" }, write?.(value) ?? cell(value, name))));
}

function folded(summary: string, content: HTMLElement): HTMLElement {
  return html("details", { class: "twin" }, html("summary", {}, summary), content);
}

/** Objects inside a row become columns of it: "criteria task". */
function flat(row: Row): Row {
  return Object.fromEntries(Object.entries(row).flatMap(([name, value]): [string, unknown][] => (isRow(value) ? Object.entries(flat(value)).map(([inner, each]) => [`${words(name)} ${words(inner)}`, each]) : [[name, value]])));
}

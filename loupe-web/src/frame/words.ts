// Names and values of JSON as a person reads them, the same under any locale.
import type { Estimate } from "../api/finding";
import { amount } from "../draw/text";

/** Numbers that name something rather than count it: 1742 is a year, not 1,742. */
const NAMES = /(?:^|[a-z ])(?:id|index|feature|neuron|unit|token|seed|year|version|java)$/i;

/** "probabilityBefore" and "act_max" as words. */
export function words(name: string): string {
  if (/^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)) return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return /^[a-z0-9]+(_[a-z0-9]+)+$/.test(name) ? name.replaceAll("_", " ") : name;
}

/** As a heading. */
export function title(name: string): string {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function whole(value: number, name: string): string {
  return Number.isSafeInteger(value) && !NAMES.test(name) ? value.toLocaleString("en").replace(/^-/, "−") : String(value).replace(/^-/, "−");
}

/** A value that stands by itself. */
export function plain(value: unknown, name = ""): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? whole(value, name) : amount(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isEstimate(value: unknown): value is Estimate {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.includes("value") && keys.length > 1 && keys.every((key) => ["value", "low", "high", "level", "unit"].includes(key));
}

/** The interval where there is one, " [0.41, 0.48]". */
export function span({ low, high }: Pick<Estimate, "low" | "high">): string {
  return typeof low === "number" && typeof high === "number" && low < high ? ` [${amount(low)}, ${amount(high)}]` : "";
}

/** Value, interval and unit. */
export function estimated(estimate: Estimate): string {
  return `${amount(estimate.value)}${span(estimate)}${estimate.unit ? ` ${estimate.unit}` : ""}`;
}

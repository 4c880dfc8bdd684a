// Light, dark, or as the system has it.
import type { Theme } from "../state/store";
import { button } from "./element";

export const NEXT: Readonly<Record<Theme, Theme>> = { auto: "dark", dark: "light", light: "auto" };

export function showTheme(theme: Theme): void {
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
}

/** A button that goes through the themes, for pages whose address does not hold it. */
export function themeSwitch(): HTMLElement {
  let theme: Theme = "auto";
  const element = button({ class: "quiet theme" }, () => {
    theme = NEXT[theme];
    element.textContent = `Theme: ${theme}`;
    showTheme(theme);
  }, "Theme: auto");
  return element;
}

/** Calls whenever the page's colours may have changed, by the system or by the switch: for what is drawn rather than styled. */
export function onThemeChange(redraw: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

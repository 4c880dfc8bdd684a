// Drawings as wide as their place: they are drawn again when that changes, rather than scaled, so that text keeps its size.

/** Draws into the host for its width; the usual one until the page knows it. */
export function fitted(host: HTMLElement, usual: number, draw: (width: number) => SVGElement): void {
  let drawn = 0;
  const fit = (width: number): void => {
    if (width < 1 || Math.abs(width - drawn) < 1) return;
    drawn = width;
    host.replaceChildren(draw(width));
  };
  fit(usual);
  new ResizeObserver(([seen]) => fit(Math.floor(seen?.contentRect.width ?? 0))).observe(host);
}

/** How much larger than usual the reader wants text: margins that hold text grow with it. */
export function textSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
}

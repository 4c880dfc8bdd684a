// Signed numbers as a field of colour: vermillion below zero, blue above it, the paper's tone at zero; both ends can be told apart by
// colour-blind readers. Colours come from the palette, so that both themes have their own.
import { onThemeChange } from "./theme";

type Colour = readonly [number, number, number];

interface Ramp {
  readonly lower: Colour;
  readonly middle: Colour;
  readonly raise: Colour;
}

const drawn = new Map<HTMLCanvasElement, () => void>();
let ramp: Ramp | undefined;

/** A picture of rows of numbers, one pixel each; the style says how large it is shown. The largest size gets the deepest colour. */
export function heatmap(rows: readonly (readonly number[])[], largest: number, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "heatmap";
  canvas.width = rows[0]?.length ?? 0;
  canvas.height = rows.length;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const draw = (): void => paint(canvas, rows, largest);
  drawn.set(canvas, draw);
  draw();
  return canvas;
}

/** Forgets the pictures in a part of the page that goes away for good. */
export function forget(part: HTMLElement): void {
  for (const canvas of part.querySelectorAll("canvas")) drawn.delete(canvas);
}

export function startHeatmaps(): void {
  onThemeChange(() => {
    ramp = undefined;
    for (const draw of drawn.values()) draw();
  });
}

/** The colour of a share from −1 to 1 as a style writes it. */
export function colour(share: number): string {
  return `rgb(${mixed(share).join(" ")})`;
}

function paint(canvas: HTMLCanvasElement, rows: readonly (readonly number[])[], largest: number): void {
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0) return;
  const image = context.createImageData(canvas.width, canvas.height);
  let at = 0;
  for (const row of rows) {
    for (const value of row) {
      const [red, green, blue] = mixed(largest > 0 ? value / largest : 0);
      image.data.set([red, green, blue, 255], at);
      at += 4;
    }
  }
  context.putImageData(image, 0, 0);
}

function mixed(share: number): Colour {
  ramp ??= { lower: read("--lower"), middle: read("--well"), raise: read("--raise") };
  const end = share < 0 ? ramp.lower : ramp.raise;
  // Small values are many, and would drown in the paper on a straight scale.
  const depth = Math.min(1, Math.abs(share)) ** 0.7;
  const { middle } = ramp;
  return [0, 1, 2].map((i) => Math.round((middle[i] ?? 0) + ((end[i] ?? 0) - (middle[i] ?? 0)) * depth)) as unknown as Colour;
}

/** What a colour of the palette comes to in the theme that is shown. */
function read(name: string): Colour {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
  probe.remove();
  return [Number(parts[0] ?? 0), Number(parts[1] ?? 0), Number(parts[2] ?? 0)];
}

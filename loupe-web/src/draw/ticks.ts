// Where an axis is marked.

export interface Tick {
  readonly value: number;
  /** Whether it bears its number. */
  readonly named: boolean;
}

/** Round numbers within the range, about so many. */
export function ticks(low: number, high: number, about: number): Tick[] {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ({ value: (first + i) * step, named: true }));
}

/** Every digit of every decade; named are 1, 2 and 5, or all where that would be too few, or 1 alone where it would be too many. */
export function logTicks(low: number, high: number): Tick[] {
  const all: { value: number; digit: number }[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = digit * 10 ** power;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) all.push({ value, digit });
    }
  }
  const usual = all.filter(({ digit }) => digit === 1 || digit === 2 || digit === 5).length;
  if (all.length < 2) return ticks(low, high, 3);
  return all.map(({ value, digit }) => ({ value, named: usual < 3 ? true : usual > 9 ? digit === 1 : digit === 1 || digit === 2 || digit === 5 }));
}

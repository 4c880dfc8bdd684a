// A wall of buttons as one stop of the Tab key; arrows go from one to the next.

/** Lets one of them be reached by Tab: the given one, else the one that was, else the first. */
export function rove(wall: HTMLElement, kind: string, chosen?: HTMLElement): void {
  const all = [...wall.querySelectorAll<HTMLElement>(kind)];
  const one = chosen !== undefined && all.includes(chosen) ? chosen : (all.find(({ tabIndex }) => tabIndex === 0) ?? all[0]);
  all.forEach((each) => (each.tabIndex = each === one ? 0 : -1));
}

export function withArrows(wall: HTMLElement, kind: string): void {
  wall.addEventListener("keydown", (event) => {
    const all = [...wall.querySelectorAll<HTMLElement>(kind)];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const columns = getComputedStyle(wall).gridTemplateColumns.split(" ").length;
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: all.length - 1 - at };
    const step = steps[event.key];
    const next = step === undefined ? undefined : all[at + step];
    if (step === undefined) return;
    event.preventDefault();
    if (next === undefined) return;
    rove(wall, kind, next);
    next.focus();
  });
}

// What the field's words mean, beside the words: on hover, on focus and by touch.
import { html, type Child } from "../draw/element";

const MEANINGS: Readonly<Record<string, string>> = {
  logit: "The score that the model gives to a token as the next one. Softmax turns all logits into probabilities; one more logit makes a token 2.7 times as likely against the others.",
  bias: "A constant that a layer adds whatever the prompt is.",
  remainder: "The sum of the outputs of all units that are not listed individually at a layer and position. Its size is exact; where it comes from is not followed.",
  error: "What a dictionary’s features do not reconstruct: the model’s own value minus theirs. It is held as a constant and not followed further.",
  basis: "What counts as a feature: the model’s own MLP neurons, or the features of a learned dictionary (an SAE or a transcoder).",
  L0: "How many features are active at a position, on average.",
  FVU: "Fraction of variance unexplained: squared error of the reconstruction, relative to that of the mean. 0 is perfect.",
};
const FORMS: Readonly<Record<string, string>> = { logits: "logit", biases: "bias", remainders: "remainder", errors: "error" };
const WORDS = /\b(logits?|bias(?:es)?|remainders?|reconstruction errors?|basis|L0|FVU)\b/giu;

/** A word with its meaning; only the word where none is known. */
export function term(text: string): Child {
  const word = text.toLowerCase().split(" ").at(-1) ?? "";
  const key = [text, FORMS[word] ?? word].find((each) => each in MEANINGS);
  const meaning = key === undefined ? undefined : MEANINGS[key];
  return meaning === undefined ? text : html("dfn", { class: "term", tabindex: 0, role: "term", "data-meaning": meaning }, text);
}

/** A text whose known words bear their meaning, each at its first place. */
export function glossed(text: string): Child[] {
  const seen = new Set<string>();
  return text.split(WORDS).map((part, i) => {
    if (i % 2 === 0 || seen.has(part.toLowerCase())) return part;
    seen.add(part.toLowerCase());
    return term(part);
  });
}

/** One box for all of them, so that no panel's edge cuts it off. */
export function startGlossary(): void {
  const box = html("div", { class: "meaning", id: "meaning", role: "tooltip", hidden: true });
  document.body.append(box);
  const wordOf = (event: Event): HTMLElement | null => (event.target instanceof Element ? event.target.closest<HTMLElement>("[data-meaning]") : null);
  const show = (event: Event): void => {
    const word = wordOf(event);
    if (word === null) return;
    box.textContent = word.dataset["meaning"] ?? "";
    word.setAttribute("aria-describedby", box.id);
    box.hidden = false;
    const at = word.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    box.style.left = `${Math.max(8, Math.min(document.documentElement.clientWidth - width - 8, at.left))}px`;
    box.style.top = `${at.bottom + height + 12 > innerHeight ? at.top - height - 8 : at.bottom + 8}px`;
  };
  const hide = (): void => {
    box.hidden = true;
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, show);
  for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}

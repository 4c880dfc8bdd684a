// The view of a dictionary's evaluation: the loss recovered first, then FVU and L0 beside the shipped ones, then figures by layer.
import type { DictionaryFigures, Written } from "../api/dictionary";
import type { Finding } from "../api/finding";
import { html } from "../draw/element";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { figure, frontierPanel, layersPanel, mean, recovered, replacedPanel } from "../panels/dictionaries";
import type { View } from "./view";

export const dictionaryEvaluation: View = { schema: "loupe.dictionary-evaluation/1", name: "This evaluation", show };

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const found = result as unknown as Finding<Written>;
  const { question, dictionary: name, model, positions, layers, replaced, documentStart, leftOut, evidence, caveats, provenance } = found;
  document.title = `${question} · Loupe`;
  const figures: DictionaryFigures = { name, positions, layers, replaced };
  const least = recovered(figures);
  const agreement = replaced[0]?.agreement;
  const head = header({
    what: "dictionary: evaluation",
    theme: themeSwitch(),
    title: question,
    about: [[name, `of ${model}`, `${positions.toLocaleString("en")} positions`, `documents begin with ${documentStart.text}`, leftOut === "" ? null : `without ${leftOut}`].filter((part) => part !== null).join(" · ")],
    evidence,
    figures: [
      ...(least === undefined ? [] : [["loss recovered", figure(least, 4)] as const]),
      ...(agreement === undefined ? [] : [["next token agrees", figure(agreement, 3)] as const]),
      ["FVU, mean over layers", mean(layers.map(({ fvu }) => fvu.value)).toFixed(4)],
      ["L0, mean over layers", mean(layers.map(({ l0 }) => l0.value)).toFixed(1)],
    ],
  });
  headFirst(host, "This evaluation", head, () => [
    html("main", { class: "training" }, frontierPanel([figures]), layersPanel(figures, 0), replacedPanel(figures, 0), evidencePanel("evaluation", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

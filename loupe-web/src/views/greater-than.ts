// The view of the greater-than study: what the model does, the features that do it, and whether ablating them shows it.
import { readStudy, type Study, type StudyFeature } from "../api/greater-than";
import { html } from "../draw/element";
import { forget, startHeatmaps } from "../draw/heatmap";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { facts, provenanceFooter } from "../frame/provenance";
import { behaviourPanel, componentsPanel, groupsPanel, interval } from "../panels/study";
import { chosenPanel, featuresPanel, unitName } from "../panels/study-features";
import type { View } from "./view";

export const greaterThan: View = { schema: "loupe.greater-than/1", name: "This study", show: start };

function start(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const study = readStudy(result);
  document.title = `Greater-than in ${study.model} · Loupe`;
  startHeatmaps();
  const aside = html("aside", { "aria-label": "The chosen feature" });
  const features = featuresPanel(study, (feature) => {
    location.hash = unitName(feature);
  });
  const show = (): void => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const chosen: StudyFeature | undefined = study.features.find((each) => unitName(each) === wanted) ?? study.features[0];
    if (chosen === undefined) return;
    forget(aside);
    aside.replaceChildren(chosenPanel(study, chosen));
    features.mark(chosen);
  };
  const main = html(
    "main",
    { class: "study" },
    html("div", { class: "view" }, behaviourPanel(study), features.element),
    study.features.length > 0 ? aside : null,
    html("div", { class: "below" }, groupsPanel(study), componentsPanel(study), evidencePanel("study", study.evidence, study.caveats)),
  );
  host.replaceChildren(head(study), main, provenanceFooter(["Provenance", facts(study.provenance)]));
  addEventListener("hashchange", show);
  show();
}

function head(study: Study): HTMLElement {
  const { model, basis, source, prompts, behaviour, ablations, example } = study;
  const judged = ablations.find(({ group }) => group === "top 20") ?? ablations[0];
  const figures: [string, string][] = [
    ["probability difference", interval(behaviour.difference)],
    ["cut-off sharpness", interval(behaviour.sharpness)],
  ];
  if (judged !== undefined) figures.push([`falls by, after ablating the ${judged.group}`, interval(judged.fall)], ["random groups of that size", interval(judged.randomFall)]);
  return header({
    what: "study: greater-than",
    theme: themeSwitch(),
    title: ["How ", html("bdi", {}, model), " continues “", html("bdi", {}, example), "”"],
    about: [[basis === "neurons" ? "in its MLP neurons" : `in ${basis}`, `${prompts.toLocaleString("en")} prompts`, source].join(" · ")],
    evidence: study.evidence,
    figures,
  });
}

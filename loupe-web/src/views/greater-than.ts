// The view of the greater-than study: what the model does, the features that do it, and whether ablating them shows it.
import { readStudy, type Study, type StudyFeature } from "../api/greater-than";
import { html } from "../draw/element";
import { forget, startHeatmaps } from "../draw/heatmap";
import { evidencePanel } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { behaviourPanel, componentsPanel, curvePanel, groupsPanel, interval } from "../panels/study";
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
  const main = (): HTMLElement =>
    html(
      "main",
      { class: "study" },
      html("div", { class: "view" }, curvePanel(study), behaviourPanel(study), features.element),
      study.features.length > 0 ? aside : null,
      html("div", { class: "below" }, groupsPanel(study), componentsPanel(study), evidencePanel("study", study.evidence, study.caveats)),
    );
  addEventListener("hashchange", show);
  headFirst(host, "This study", head(study), () => {
    show();
    return [main(), provenanceFooter(["Provenance", facts(study.provenance)])];
  });
}

const brief = ({ value }: { readonly value: number | null }): string => (value ?? NaN).toFixed(3).replace(/^(-?)0\./, "$1.").replace(/^-/, "−");

/** What came out, as one sentence. Features carry the year only if without them most of it goes, and far more than without random ones. */
function findingOf({ ablations, behaviour, everActive }: Study): string | null {
  const all = ablations.filter(({ group }) => group.startsWith("top ")).toSorted((a, b) => b.size - a.size)[0];
  if (all === undefined) return null;
  const { size, difference, fall, randomFall } = all;
  const falls = `${brief(behaviour.difference)} falls to ${brief(difference)}`;
  const most = (fall.value ?? 0) > (behaviour.difference.value ?? 0) / 2 && (fall.low ?? -1) > (randomFall.high ?? 0);
  return most
    ? `${size.toLocaleString("en")} of ${everActive.toLocaleString("en")} active features carry the year: without them ${falls}`
    : `Without the ${size.toLocaleString("en")} strongest of ${everActive.toLocaleString("en")} active features ${falls}`;
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
    title: findingOf(study) ?? "Which features carry the year to the answer?",
    about: [html("p", {}, "How ", html("bdi", {}, model), " continues “", html("bdi", {}, example), "”"), [basis === "neurons" ? "in its MLP neurons" : `in ${basis}`, `${prompts.toLocaleString("en")} prompts`, source].join(" · ")],
    evidence: study.evidence,
    figures,
  });
}

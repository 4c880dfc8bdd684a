// The page of the greater-than study: what the model does, the features that do it, and whether taking them away shows it.
import { readStudy, type Study, type StudyFeature } from "./api/greater-than";
import { brand } from "./draw/brand";
import { html } from "./draw/element";
import { forget, startHeatmaps } from "./draw/heatmap";
import { amount } from "./draw/text";
import { themeSwitch } from "./draw/theme";
import { checksPanel } from "./panels/evidence";
import { behaviourPanel, componentsPanel, groupsPanel, interval } from "./panels/study";
import { chosenPanel, featuresPanel, unitName } from "./panels/study-features";

function start(host: HTMLElement): void {
  const study = readStudy(document.getElementById("loupe-data")?.textContent ?? "{}");
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
    html("div", { class: "below" }, groupsPanel(study), componentsPanel(study), checksPanel("study", study.evidence, study.caveats)),
  );
  host.replaceChildren(header(study), main, footer(study));
  addEventListener("hashchange", show);
  show();
}

function header(study: Study): HTMLElement {
  const { model, basis, source, prompts, behaviour, ablations, example } = study;
  const judged = ablations.find(({ group }) => group === "top 20") ?? ablations[0];
  const figures: [string, string][] = [
    ["probability difference", interval(behaviour.difference)],
    ["cut-off sharpness", interval(behaviour.sharpness)],
  ];
  if (judged !== undefined) figures.push([`falls by, without the ${judged.group}`, interval(judged.fall)], ["random groups of that size", interval(judged.randomFall)]);
  return html(
    "header",
    {},
    html("div", { class: "masthead" }, brand("study: greater-than"), themeSwitch()),
    html("h1", {}, "How ", html("bdi", {}, model), " goes on after “", html("bdi", {}, example), "”"),
    html("div", { class: "about" }, html("p", {}, [basis === "neurons" ? "in its MLP neurons" : `in ${basis}`, `${prompts.toLocaleString("en")} prompts`, source].join(" · "))),
    html("dl", { class: "figures" }, ...figures.map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, value)))),
  );
}

function footer({ provenance }: Study): HTMLElement {
  const { inputs = [], ...rest } = provenance ?? {};
  const facts: [string, unknown][] = [...inputs.map((input): [string, unknown] => [input.name, input.sha256]), ...Object.entries(rest)];
  const list = facts.map(([term, value]) => html("div", {}, html("dt", {}, term), html("dd", {}, typeof value === "number" && !Number.isInteger(value) ? amount(value) : String(value))));
  return html("footer", { "aria-label": "Provenance" }, html("h2", {}, "Provenance"), html("dl", {}, ...list), html("p", { class: "note" }, "Everything on this page is in this one file; it loads nothing from anywhere."));
}

const host = document.getElementById("loupe");
if (host !== null) {
  try {
    start(host);
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    host.replaceChildren(html("p", { class: "failure", role: "alert" }, "This study cannot be shown. ", message));
  }
}

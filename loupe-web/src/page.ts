// The one page: reads the result that it carries and shows it in the view of its schema; any other finding is shown as tables.
import { showFailure } from "./frame/failure";
import { startGlossary } from "./frame/glossary";
import { auditVerify } from "./views/audit-verify";
import { circuit } from "./views/circuit";
import { circuitCompare } from "./views/circuit-compare";
import { contrast } from "./views/contrast";
import { dictionaryEvaluation } from "./views/dictionary-evaluation";
import { explain } from "./views/explain";
import { features } from "./views/features";
import { featuresMap } from "./views/features-map";
import { featuresSplit } from "./views/features-split";
import { finding } from "./views/finding";
import { greaterThan } from "./views/greater-than";
import { highlight } from "./views/highlight";
import { influence } from "./views/influence";
import { influenceCompare } from "./views/influence-compare";
import { lens } from "./views/lens";
import { search } from "./views/search";
import { steer } from "./views/steer";
import { trace } from "./views/trace";
import { training } from "./views/training";
import type { View } from "./views/view";

/** A new view: its file in views, its style in style, its line here. */
const VIEWS: readonly View[] = [trace, steer, lens, circuit, circuitCompare, explain, highlight, contrast, influence, influenceCompare, training, dictionaryEvaluation, features, featuresMap, featuresSplit, search, greaterThan, auditVerify];

const nameOf = (schema: string): string => schema.replace(/\/.*/, "");

const host = document.getElementById("loupe");
if (host !== null) {
  let view = finding;
  try {
    const result = JSON.parse(document.getElementById("loupe-data")?.textContent ?? "{}") as Readonly<Record<string, unknown>>;
    const schema = String(result["schema"] ?? "nothing");
    view = VIEWS.find((each) => nameOf(each.schema) === nameOf(schema)) ?? finding;
    if (view !== finding && view.schema !== schema) throw new Error(`This page reads ${view.schema}, but its data says ${schema}.`);
    document.body.dataset["view"] = nameOf(view.schema).replace("loupe.", "");
    startGlossary();
    view.show(result, host);
  } catch (failure) {
    showFailure(host, view.name, failure);
  }
}

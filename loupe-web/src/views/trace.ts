// The view of a trace: binds address and state, places the panels.
import { readTrace, type Trace } from "../api/trace";
import { html } from "../draw/element";
import { picture } from "../draw/picture";
import { count } from "../draw/text";
import { evidencePanel } from "../frame/evidence";
import { term } from "../frame/glossary";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter, told, type Fact } from "../frame/provenance";
import { saveText } from "../frame/save";
import { attentionPanel } from "../panels/attention";
import { detailsPanel } from "../panels/details";
import { judgementBand, strength } from "../panels/judgement";
import { graphPanel } from "../panels/graph";
import { legend } from "../panels/legend";
import { pathsPanel } from "../panels/paths";
import { predictionsPanel } from "../panels/predictions";
import { subgraphPanel } from "../panels/subgraph";
import { tablePanel } from "../panels/table";
import { toolbar } from "../panels/toolbar";
import { bindAddress } from "../state/address";
import { emphasis, shown } from "../state/emphasis";
import { Session } from "../state/session";
import { INITIAL, Store } from "../state/store";
import type { View } from "./view";

const BASES: Readonly<Record<string, string>> = { neurons: "MLP neurons", sae: "SAE", plt: "per-layer transcoder", clt: "cross-layer transcoder" };

export const trace: View = { schema: "loupe.trace/1", name: "This trace", show };

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const trace = readTrace(result);
  const session = new Session(trace, new Store(INITIAL));
  bindAddress(session.store, (key) => key === "" || session.view.find(key) !== undefined);
  document.title = `${trace.question} · Loupe`;
  const head = header({ what: "trace", theme: themeSwitch(session.store), title: trace.question, about: [about(trace)], evidence: trace.evidence ?? [], judged: trace.tests === undefined ? null : strength(trace.tests.verdict) });
  headFirst(host, "This trace", head, () => [main(session), provenanceFooter(["Provenance", origin(trace)])]);
}

function main(session: Session): HTMLElement {
  const { trace } = session;
  const graph = graphPanel(session);
  const save = (): void => {
    const lines = [told(origin(trace)).map(([name, value]) => `${name}: ${value}`).join(" · ")];
    const keys = new Set(shown(session).map(({ key }) => key));
    saveText("loupe-trace.svg", picture(trace, graph.layout(), graph.strokes(), keys, emphasis(session), lines), "image/svg+xml");
  };
  return html(
    "main",
    {},
    judgementBand(session),
    html("div", { class: "view" }, toolbar(session, save), graph.element, legend(session)),
    html("aside", { "aria-label": "Selection, predictions and paths" }, detailsPanel(session), subgraphPanel(session), predictionsPanel(session), pathsPanel(session)),
    html("div", { class: "below" }, attentionPanel(session), tablePanel(session), evidencePanel("trace", trace.evidence ?? [], trace.caveats ?? [], true)),
  );
}

function about({ model: { name, layers, dtype }, basis, dictionary }: Trace): HTMLElement {
  return html("p", {}, [name, count(layers, "layer"), dtype].filter(Boolean).join(" · "), " · ", term("basis"), `: ${BASES[basis] ?? basis}${dictionary === undefined ? "" : ` ${dictionary.name}`}`);
}

/** Everything that the trace says of its origin. */
function origin({ model: { name, architecture, dtype, sha256 }, basis, provenance, settings }: Trace): Fact[] {
  return [["model", [name, architecture, dtype].filter(Boolean).join(", ")], ["model sha256", sha256], ["basis", basis], ...facts(provenance), ...Object.entries(settings ?? {})];
}

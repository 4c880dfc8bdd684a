// Puts the page together: reads the trace, binds address and state, places the panels.
import { readTrace } from "./api/trace";
import { html } from "./draw/element";
import { picture } from "./draw/picture";
import { attentionPanel } from "./panels/attention";
import { detailsPanel } from "./panels/details";
import { evidencePanel } from "./panels/evidence";
import { graphPanel } from "./panels/graph";
import { header } from "./panels/header";
import { legend } from "./panels/legend";
import { pathsPanel } from "./panels/paths";
import { predictionsPanel } from "./panels/predictions";
import { facts, provenanceFooter } from "./panels/provenance";
import { tablePanel } from "./panels/table";
import { toolbar } from "./panels/toolbar";
import { totalsPanel } from "./panels/totals";
import { bindAddress } from "./state/address";
import { emphasis, shown } from "./state/emphasis";
import { Session } from "./state/session";
import { INITIAL, Store } from "./state/store";

function start(host: HTMLElement): void {
  const trace = readTrace(document.getElementById("loupe-data")?.textContent ?? "{}");
  const session = new Session(trace, new Store(INITIAL));
  bindAddress(session.store, (key) => key === "" || session.view.find(key) !== undefined);
  document.title = `${trace.question} · Loupe`;
  const graph = graphPanel(session);
  const save = (): void => {
    const lines = [facts(trace).map(([name, value]) => `${name}: ${value}`).join(" · ")];
    const keys = new Set(shown(session).map(({ key }) => key));
    download("loupe-trace.svg", picture(trace, graph.layout(), graph.strokes(), keys, emphasis(session), lines));
  };
  const main = html(
    "main",
    {},
    html("div", { class: "view" }, toolbar(session, save), graph.element, legend(session)),
    html("aside", { "aria-label": "Selection, predictions and paths" }, detailsPanel(session), predictionsPanel(session), pathsPanel(session)),
    html("div", { class: "below" }, ...[totalsPanel(session), attentionPanel(session)].filter((panel) => panel !== null), tablePanel(session), evidencePanel(session)),
  );
  host.replaceChildren(header(session), main, provenanceFooter(session));
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const host = document.getElementById("loupe");
if (host !== null) {
  try {
    start(host);
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    host.replaceChildren(html("p", { class: "failure", role: "alert" }, "This trace cannot be shown. ", message));
  }
}

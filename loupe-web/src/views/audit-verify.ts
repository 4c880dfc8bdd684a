// The view of an answer checked against documents: each claim with its verdict and the passage that decided.
import type { Piece, VerifiedClaim, VerifyReport } from "../api/audit-verify";
import type { Estimate, Finding, Verdict } from "../api/finding";
import { html, panel, type Child } from "../draw/element";
import { amount, count, percent } from "../draw/text";
import { evidencePanel, verdict } from "../frame/evidence";
import { header, themeSwitch } from "../frame/header";
import { headFirst } from "../frame/paint";
import { facts, provenanceFooter } from "../frame/provenance";
import { table } from "../frame/tables";
import type { View } from "./view";

export const auditVerify: View = { schema: "loupe.audit-verify/1", name: "This verification", show };

const MARKS: Readonly<Record<VerifiedClaim["verdict"], { mark: Verdict; text: string }>> = {
  SUPPORTED: { mark: "PASSED", text: "supported" },
  CONTRADICTED: { mark: "FAILED", text: "contradicted" },
  NOT_FOUND: { mark: "NOTED", text: "not found" },
};

function show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void {
  const report = result as unknown as Finding<VerifyReport>;
  const { question, judge, documents, passages, claims, without, evidence, caveats, provenance } = report;
  document.title = `${question} · Loupe`;
  const head = header({
    what: "audit: verify",
    theme: themeSwitch(),
    title: question,
    about: [count(claims.length, "claim"), `${count(documents, "document")}, ${count(passages, "passage")}`, judge === null ? "by words, numbers and dates" : `judged by ${judge}`],
    evidence,
    figures: [
      ["supported", share(report.supported)],
      ["contradicted", share(report.contradicted)],
      ["not found", share(report.notFound)],
    ],
  });
  headFirst(host, "This verification", head, () => [
    html("main", { class: "verified" }, claimsPanel(claims), without.length === 0 ? null : panel("without", "Sentences that claim nothing", html("ul", {}, ...without.map((text) => html("li", {}, html("bdi", {}, text))))), evidencePanel("verification", evidence, caveats)),
    provenanceFooter(["Provenance", facts(provenance)]),
  ]);
}

function share({ value, low, high }: Estimate): string {
  return `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function claimsPanel(claims: readonly VerifiedClaim[]): HTMLElement {
  return panel("claims", "The answer’s claims", html("ol", { class: "claims" }, ...claims.map(claimed)));
}

function claimed({ claim, verdict: found, basis, evidence, looked }: VerifiedClaim): HTMLElement {
  const { mark, text } = MARKS[found];
  const others = looked.map((piece): Child[] => [html("bdi", {}, piece.text), place(piece), amount(piece.score), judged(piece)]);
  return html(
    "li",
    {},
    html("p", {}, verdict(mark, text), " ", html("bdi", { class: "claim" }, claim), html("small", {}, ` by ${basis.toLowerCase()}`)),
    evidence === null ? null : html("blockquote", {}, html("bdi", {}, evidence.text), html("footer", {}, [place(evidence), judged(evidence)].filter((each) => each !== "").join(" · "))),
    others.length === 0 ? null : html("details", { class: "twin" }, html("summary", {}, `Looked at: ${count(looked.length, "passage")}`), table(["Passage", "Place", "BM25", "Judge"], others, (column) => column === 2)),
  );
}

function place({ document: name, start, end }: Piece): string {
  return `${name}, ${start}–${end}`;
}

function judged({ judged: said, confidence }: Piece): string {
  return said === "" ? "" : `judge: ${said}${confidence === null ? "" : `, ${amount(confidence)}`}`;
}

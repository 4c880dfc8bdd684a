package dev.loupe.instrument.audit;

import dev.loupe.audit.claims.Claims;
import dev.loupe.audit.claims.Claims.Claim;
import dev.loupe.audit.claims.Passages;
import dev.loupe.audit.claims.Passages.Found;
import dev.loupe.audit.claims.Verification;
import dev.loupe.audit.claims.Verification.Checked;
import dev.loupe.audit.claims.Verification.Looked;
import dev.loupe.audit.claims.Verification.Verdict;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.EntailmentModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.VerifyReport.Piece;
import dev.loupe.instrument.audit.VerifyReport.VerifiedClaim;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Judge.Choice;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.ProportionInterval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One request of {@link VerifyAnswer}. */
final class Verifying {
  private static final double LEVEL = 0.95;

  /** Tokens of a judge's question, roughly: a passage of three sentences and the instruction. */
  private static final int TOKENS_OF_A_QUESTION = 128;

  private static final double SECONDS_WITHOUT_A_MODEL = 1e-3;

  private static final List<String> JUDGED = List.of("yes", "no", "unknown");

  private final VerifyRequest request;
  private final Subject subject;
  private final Run run;
  private final Claims claims;

  Verifying(VerifyRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.claims = Claims.of(request.answer());
    if (claims.claims().isEmpty()) {
      throw LoupeException.badInput(
          "the answer claims nothing: it holds questions and abstentions alone",
          "Give an answer of at least one statement.");
    }
    calls()
        .require(
            request.maxCalls(),
            "Look at fewer passages, give a shorter answer, or raise `maxCalls`.");
  }

  /** One for each passage that is looked at, and one after an empty text, of a language model. */
  private Calls calls() {
    boolean isAsked = request.judged() && request.entailment().isEmpty();
    return new Calls(isAsked ? pairs() + 1 : 0, 1, TOKENS_OF_A_QUESTION);
  }

  private long pairs() {
    long each = (long) request.passages() * (request.embedding().isPresent() ? 2 : 1);
    return claims.claims().size() * each;
  }

  Cost estimate() {
    String work =
        "%d claims with up to %d passages each, besides reading the documents"
            .formatted(claims.claims().size(), pairs() / claims.claims().size());
    return calls().count() > 0
        ? calls().cost(subject, work)
        : new Cost(pairs() * SECONDS_WITHOUT_A_MODEL, Runtime.getRuntime().totalMemory(), 0, work);
  }

  Finding<VerifyReport> ask(String schema) {
    try (Passages passages = read()) {
      List<List<Found>> found = find(passages);
      List<Checked> checked = check(found);
      List<VerifiedClaim> verified = checked.stream().map(Verifying::claim).toList();
      VerifyReport report =
          new VerifyReport(
              judge(),
              passages.documents(),
              passages.size(),
              share(checked, Verdict.SUPPORTED),
              share(checked, Verdict.CONTRADICTED),
              share(checked, Verdict.NOT_FOUND),
              verified,
              claims.without());
      return new Finding<>(
          schema,
          "Do the documents support what the answer claims?",
          report,
          evidence(report, checked),
          caveats(passages, checked),
          subject.provenance(run));
    }
  }

  private Passages read() {
    try (Steps steps = run.steps("reading documents", Counted.DOCUMENTS, 0)) {
      return Passages.read(request.documents(), steps::at);
    }
  }

  private List<List<Found>> find(Passages passages) {
    List<String> queries =
        claims.claims().stream().map(claim -> claim.context() + " " + claim.text()).toList();
    if (request.embedding().isEmpty()) {
      return queries.stream().map(query -> passages.find(query, request.passages())).toList();
    }
    try (Steps steps = run.steps("embedding passages", Counted.STEPS, passages.size())) {
      return queries.stream()
          .map(query ->
              passages.find(query, request.passages(), request.embedding().get(), steps::at))
          .toList();
    }
  }

  private Optional<String> judge() {
    return request.judged()
        ? Optional.of(
            request.entailment().map(EntailmentModel::name).orElseGet(subject.text()::name))
        : Optional.empty();
  }

  private List<Checked> check(List<List<Found>> found) {
    Verification verification =
        !request.judged()
            ? Verification.byWords()
            : request
                .entailment()
                .map(Verification::by)
                .orElseGet(
                    () -> Verification.by(subject.text(), request.chat(), request.question()));
    long questions = found.stream().mapToLong(List::size).sum();
    try (Steps steps = run.steps("checking claims", Counted.STEPS, questions)) {
      return verification.check(claims.claims(), found, steps::at);
    }
  }

  private static VerifiedClaim claim(Checked checked) {
    Claim claim = checked.claim();
    return new VerifiedClaim(
        claim.at().start(),
        claim.at().end(),
        claim.text(),
        checked.verdict(),
        checked.basis(),
        checked.decided().map(Verifying::piece),
        checked.looked().stream().map(Verifying::piece).toList());
  }

  private static Piece piece(Looked looked) {
    return new Piece(
        looked.passage().document(),
        looked.evidence().start(),
        looked.evidence().end(),
        looked.words(),
        looked.score(),
        looked.judged().map(Verifying::word).orElse(""),
        looked.judged().map(Choice::confidence).orElse(Double.NaN),
        looked.holdsNumbers());
  }

  private static String word(Choice choice) {
    return choice.word() < 0 ? "none" : JUDGED.get(choice.word());
  }

  private static Estimate share(List<Checked> checked, Verdict verdict) {
    long count = checked.stream().filter(each -> each.verdict() == verdict).count();
    return ProportionInterval.WILSON.estimate(new Counts(count, checked.size()), LEVEL);
  }

  private static List<Evidence> evidence(VerifyReport report, List<Checked> checked) {
    long contradicted =
        checked.stream().filter(each -> each.verdict() == Verdict.CONTRADICTED).count();
    return List.of(
        Evidence.atMost(
            0,
            "no claim is contradicted by the documents",
            Support.KNOWN,
            Estimate.exactly((double) contradicted, "of %d claims".formatted(checked.size())),
            ""),
        Evidence.noted("claims that the documents support", Support.KNOWN, report.supported(), ""),
        Evidence.noted(
            "claims of which the documents say nothing that was found",
            Support.KNOWN,
            report.notFound(),
            ""));
  }

  private List<String> caveats(Passages passages, List<Checked> checked) {
    List<String> caveats = new ArrayList<>(passages.remarks());
    if (checked.stream().allMatch(each -> each.verdict() == Verdict.NOT_FOUND)) {
      caveats.add(
          "Nothing was found for any claim: the answer rests on nothing in these documents.");
    }
    long none =
        checked.stream()
            .flatMap(each -> each.looked().stream())
            .filter(each -> each.judged().map(choice -> choice.word() < 0).orElse(false))
            .count();
    if (none > 0) {
      caveats.add(
          "The judge answered %d questions with neither yes, no nor unknown; they count as unknown."
              .formatted(none));
    }
    caveats.add(
        request.judged()
            ? "The judge errs; how often, its own measurement must say. Numbers and dates are"
                + " compared exactly, and overrule it."
            : "Without a judge a claim is supported by a sentence that has all of its words, and"
                + " contradicted by one that has other numbers or dates; what is said in other"
                + " words is not found.");
    caveats.add(
        "Claims are cut by an English parser; a claim is looked for in %d passages of BM25%s and nowhere else."
            .formatted(
                request.passages(),
                request
                    .embedding()
                    .map(each ->
                        ", the %d most alike by the embedding model %s"
                            .formatted(request.passages(), each.name()))
                    .orElse("")));
    request.embedding().flatMap(EmbeddingModel::caveat).ifPresent(caveats::add);
    request.entailment().flatMap(EntailmentModel::caveat).ifPresent(caveats::add);
    caveats.addAll(subject.caveats());
    return caveats;
  }
}

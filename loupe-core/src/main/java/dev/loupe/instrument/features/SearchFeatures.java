package dev.loupe.instrument.features;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.SearchReport.Fired;
import dev.loupe.instrument.features.SearchReport.OnText;
import dev.loupe.instrument.features.SearchReport.OnToken;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From words to features: those that fire on a text, or have to do with a token. */
public final class SearchFeatures implements Instrument<SearchRequest, SearchReport> {
  @Override
  public Card<SearchRequest, SearchReport> card() {
    return new Card<>(
        "features search",
        "Which features have to do with these words?",
        "loupe.features-search/1",
        SearchRequest.class,
        SearchReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(SearchRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> ShowFeatures.cost(watched, request.store(), 1, 2));
  }

  @Override
  public Finding<SearchReport> ask(SearchRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (FeatureStore store = FeatureStore.open(request.store(), watched)) {
            return finding(request, watched, store, run);
          }
        });
  }

  private Finding<SearchReport> finding(
      SearchRequest request, Subject subject, FeatureStore store, Run run) {
    FeatureSearch search = new FeatureSearch(subject, store, run);
    Optional<OnText> onText =
        request.text().map(text -> search.onText(text, request.layers(), request.top()));
    Optional<OnToken> onToken =
        request.token().map(token -> search.onToken(token, request.layers(), request.top()));
    FeatureReader reader = new FeatureReader(subject, store);
    List<Evidence> evidence = new ArrayList<>();
    onText
        .flatMap(found -> found.features().stream().findFirst())
        .ifPresent(first -> evidence.add(endsThere(search, request.text().orElseThrow(), first)));
    onToken
        .flatMap(found -> found.promoting().stream().findFirst())
        .ifPresent(first ->
            reader.read(first.id()).evidence().stream()
                .map(each -> each.about("Feature " + first.id()))
                .forEach(evidence::add));
    evidence.add(reader.coverage());
    List<String> caveats = new ArrayList<>();
    caveats.add(FeatureReader.START_LEFT_OUT);
    caveats.addAll(subject.caveats());
    String what = request.text().isPresent() ? "fire on" : "have to do with the token";
    return new Finding<>(
        card().schema(),
        "Which features of %s in %s %s “%s”?"
            .formatted(
                subject.basis().name(),
                subject.weights().name(),
                what,
                request.text().or(request::token).orElse("")),
        new SearchReport(onText, onToken),
        evidence,
        caveats,
        subject.provenance(run));
  }

  /** No later token may count: the text is cut behind the peak and read anew. */
  private static Evidence endsThere(FeatureSearch search, String text, Fired first) {
    double alone = search.atEnd(text, first.position(), first.id());
    double gap = Math.abs(alone - first.activation()) / Math.abs(first.activation());
    return Evidence.atMost(
        FeatureChecks.TOLERANCE,
        "The first feature is as active when the text ends at its peak",
        Support.OBSERVED,
        Estimate.exactly(gap, "relative gap"),
        "");
  }
}

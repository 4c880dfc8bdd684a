package dev.loupe.outcomes;

import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Overall;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import java.util.ArrayList;
import java.util.List;

/** What a report says, in words. */
public final class OutcomeSentences {
  private OutcomeSentences() {}

  /**
   * One of all configs together, one for each comparison over all categories and for each within a
   * category that shows a difference, and one for the rest.
   */
  public static List<String> of(OutcomeReport report) {
    if (report.differences().isEmpty()) {
      return List.of(
          "There is one config alone: %s succeeded in %s."
              .formatted(report.baseline(), Markup.percent(report.rates().getFirst().rate())));
    }
    List<String> sentences = new ArrayList<>();
    report.overall().ifPresent(overall -> sentences.add(sentence(overall, report)));
    int quiet = 0;
    for (Difference each : report.differences()) {
      if (each.category().isEmpty() || each.isShown(report.level())) {
        sentences.add(sentence(each, report));
      } else {
        quiet++;
      }
    }
    if (quiet > 0) {
      sentences.add(
          quiet == 1
              ? "One comparison within a category shows no difference."
              : quiet + " comparisons within categories show no difference.");
    }
    return List.copyOf(sentences);
  }

  private static String sentence(Overall overall, OutcomeReport report) {
    return "%s (%s, p %s)."
        .formatted(
            overall.p() < 1 - report.level()
                ? "The %d configs are not all the same".formatted(report.configs().size())
                : "The %d configs are not shown to differ".formatted(report.configs().size()),
            overall.test(),
            Markup.p(overall.p()).replace("< ", "below "));
  }

  private static String sentence(Difference each, OutcomeReport report) {
    String where = each.category().map(category -> "In " + category + ", ").orElse("");
    String points = Markup.points(each.difference());
    String p = "Holm p " + Markup.p(each.adjustedP()).replace("< ", "below ");
    if (!each.isShown(report.level())) {
      return "%s%s and %s are not shown to differ: %s points (%s)."
          .formatted(where, each.config(), report.baseline(), points, p);
    }
    return "%s%s succeeds %s often than %s: %s points (%s)."
        .formatted(
            where,
            each.config(),
            each.difference().value() > 0 ? "more" : "less",
            report.baseline(),
            points,
            p);
  }

  /** How a comparison was made, in a few words. */
  public static String comparedAs(Difference each) {
    return switch (each.pairing()) {
      case PAIRED ->
          each.pairs() + " pairs" + (each.leftOut() > 0 ? ", " + each.leftOut() + " left out" : "");
      case CLUSTERED -> "clusters";
      case INDEPENDENT, MIXED -> "independent";
    };
  }

  /** The methods' names. */
  public static String methods(Pairing pairing) {
    return switch (pairing) {
      case INDEPENDENT ->
          "Wilson intervals of rates; Newcombe's hybrid score interval of differences; Fisher's"
              + " exact test.";
      case PAIRED ->
          "Wilson intervals of rates; Newcombe's interval of paired differences (method 10);"
              + " McNemar's exact test.";
      case CLUSTERED ->
          "Wilson intervals of rates at the effective number of trials; differences with clustered"
              + " standard errors and Student's distribution.";
      case MIXED ->
          "Wilson intervals of rates. Differences in pairs: Newcombe's method 10 and McNemar's"
              + " exact test; of independent trials: Newcombe's hybrid score interval and Fisher's"
              + " exact test.";
    };
  }
}

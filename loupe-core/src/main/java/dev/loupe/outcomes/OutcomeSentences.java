package dev.loupe.outcomes;

import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import java.util.List;

/** What a report says, in words. */
public final class OutcomeSentences {
  private OutcomeSentences() {}

  /** One sentence a comparison, those over all categories first. */
  public static List<String> of(OutcomeReport report) {
    return report.differences().isEmpty()
        ? List.of(
            "There is one config alone: %s succeeded in %s."
                .formatted(
                    report.baseline(), Markup.percent(report.rates().getFirst().rate())))
        : report.differences().stream().map(each -> sentence(each, report)).toList();
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

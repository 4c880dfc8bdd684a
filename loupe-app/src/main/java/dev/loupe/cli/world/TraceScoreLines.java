package dev.loupe.cli.world;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.SetScores;
import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.examination.TraceScores;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** How the trace compares with ground truth, for the terminal. */
final class TraceScoreLines {
  private TraceScoreLines() {}

  static void show(TraceScores scores, Terminal terminal, SummaryLines lines) {
    scores.sets().ifPresent(sets -> sets(sets, lines));
    if (!scores.result().asked().isEmpty()) {
      ranking(scores, terminal, lines);
    }
  }

  private static void sets(SetScores scores, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "%,d questions of two and three hops, answered correctly; verdict strong %s, partial %s",
            scores.questions(),
            interval(scores.strong()),
            interval(scores.partial())));
    lines.blank();
    lines.head(
        "%-28s %8s %8s %8s  %-23s %s"
            .formatted(
                "UNITS ABLATED BY", "HALVES", "CHANGES", "RESTORES", "DECIDED, 95%", "RANDOM"));
    order("predicted effect", scores.effect(), lines);
    order("influence", scores.influence(), lines);
    lines.row(
        "medians over the questions; – where for half of them no number of listed units does");
    lines.blank();
    lines.head("%-28s %8s  %s".formatted("SWAPPED, QUESTIONS OF", "PAIRS", "DONOR'S ANSWER, 95%"));
    for (SetScores.SwapScores swaps : scores.swaps()) {
      for (int i = 0; i < SetScores.SIZES.size(); i++) {
        lines.row(
            String.format(
                Locale.ROOT,
                "%-28s %8d  %s with at most %d",
                swaps.hops() + " hops",
                swaps.pairs(),
                interval(swaps.arrived().get(i)),
                SetScores.SIZES.get(i)));
      }
      lines.row(
          String.format(
              Locale.ROOT,
              "%-28s %8s  median %s; random sets of the needed size %s",
              "",
              "",
              number(swaps.needed()),
              interval(swaps.random())));
      lines.row(
          String.format(
              Locale.ROOT,
              "%-28s %8s  %s lose their own without these; %s without random ones",
              "",
              "",
              interval(swaps.removed()),
              interval(swaps.removedRandom())));
    }
    lines.blank();
  }

  private static void order(String name, SetScores.OrderScores order, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "%-28s %8s %8s %8s  %-23s %s",
            name,
            number(order.halves()),
            number(order.changes()),
            number(order.restores()),
            interval(order.decided()),
            interval(order.random())));
  }

  private static String number(int units) {
    return units < 0 ? "–" : String.valueOf(units);
  }

  private static void ranking(TraceScores scores, Terminal terminal, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "%,d two-hop questions, answered correctly; on average %,.0f neurons at positions, each"
                + " ablated in its own run, %,.0f of them listed by the trace",
            scores.result().asked().size(),
            scores.neurons(),
            scores.result().mean(one -> one.ranking().listed()).value()));
    lines.blank();
    lines.row(
        terminal.styled(
            Style.DIM,
            String.format(
                Locale.ROOT,
                "%-36s %-23s %-23s %s",
                "NEURONS RANKED BY",
                "SPEARMAN, 95%",
                "OF THE TOP 10, 95%",
                "CHANGE CAPTURED, 95%")));
    for (TraceScores.Order order : TraceScores.ORDERS) {
      lines.row(
          String.format(
              Locale.ROOT,
              "%-36s %-23s %-23s %s",
              order.words(),
              interval(
                  scores.result().mean(order.ranking(), ranking -> ranking.spearman().value())),
              interval(scores.result().mean(order.ranking(), Ranking::overlap)),
              interval(scores.result().mean(order.ranking(), Ranking::captured))));
    }
    lines.row(
        String.format(
            Locale.ROOT,
            "%-36s %s",
            "the influence, among listed neurons",
            interval(scores.result().mean(TraceScores::amongListed))));
    lines.row(
        String.format(Locale.ROOT, "%-36s %-23s %.3f", "chance", "0", scores.chanceOverlap()));
    lines.blank();
    lines.row(
        terminal.styled(
            Style.DIM,
            String.format(
                Locale.ROOT,
                "%-24s %-10s %10s  %-23s %s",
                "BRIDGE ENTITY",
                "SPLIT",
                "FOUND",
                "SHARE, 95%",
                "CHANCE LEVEL")));
    scores
        .splits()
        .forEach((split, part) -> {
          for (TraceScores.Way way : TraceScores.WAYS) {
            long found = part.asked().stream().map(Asked::hop).filter(way.holds()).count();
            lines.row(
                String.format(
                    Locale.ROOT,
                    "%-24s %-10s %4d / %-4d  %-23s %.3f",
                    way.words(),
                    split,
                    found,
                    part.asked().size(),
                    interval(part.share(way.holds())),
                    part.mean(one -> way.chance().applyAsDouble(one.hop())).value()));
          }
        });
  }

  private static String interval(Estimate estimate) {
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high())
        : String.format(Locale.ROOT, "%.3f", estimate.value());
  }
}

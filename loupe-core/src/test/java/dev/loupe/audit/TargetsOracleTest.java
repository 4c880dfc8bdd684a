package dev.loupe.audit;

import static dev.loupe.audit.AuditFixtures.LEVEL;
import static dev.loupe.audit.AuditFixtures.cases;
import static dev.loupe.audit.AuditFixtures.grades;
import static dev.loupe.audit.AuditFixtures.near;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.audit.BehaviouralCalibration.Change;
import dev.loupe.audit.BehaviouralCalibration.Step;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.ProportionInterval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Scores under confidence targets, ranks, and behaviour as the target moves. */
@Tag("oracle")
class TargetsOracleTest {
  private static final List<Double> TARGETS = List.of(0.0, 0.5, 0.75, 0.9);

  @Test
  void penalties() throws IOException {
    for (JsonNode each : cases("targets.json", "penalties")) {
      double target = each.get("t").asDouble();
      near(each.get("penalty"), TargetScore.penalty(target), "penalty at " + target);
    }
  }

  @Test
  void boards() throws IOException {
    for (JsonNode board : cases("targets.json", "boards")) {
      AnswerTally tally = new AnswerTally();
      for (JsonNode system : board.get("systems")) {
        List<Grade> grades = grades(system.get("outcomes"));
        for (int i = 0; i < grades.size(); i++) {
          tally.add(
              new Answer(
                  system.get("system").asString(),
                  Optional.of("q" + i),
                  Optional.empty(),
                  Optional.empty(),
                  grades.get(i),
                  Optional.empty(),
                  Optional.empty(),
                  OptionalDouble.empty()));
        }
      }
      Leaderboard actual = tally.leaderboard(TARGETS, LEVEL, 1);
      for (int i = 0; i < actual.systems().size(); i++) {
        row(board.get("systems").get(i), actual.systems().get(i));
        ranks(board, actual.systems().get(i));
      }
      for (int i = 0; i < actual.pairs().size(); i++) {
        pair(board.get("pairs").get(i), actual.pairs().get(i));
      }
    }
  }

  private static void row(JsonNode expected, Row actual) {
    String what = actual.system() + " ";
    GradeCounts counts = actual.counts();
    share(expected, "accuracy", "accuracy_wilson", actual.accuracy(), what);
    share(expected, "error_rate", "error_wilson", actual.hallucinationRate(), what);
    share(expected, "abstention_rate", "abstention_wilson", actual.abstentionRate(), what);
    share(
        expected,
        "accuracy_given_attempted",
        "attempted_wilson",
        actual.accuracyGivenAttempted(),
        what);
    near(expected.get("simpleqa_f_score"), counts.simpleQaF(), what + "F");
    near(expected.get("omniscience_index"), counts.omniscienceIndex(), what + "index");
    near(expected.get("hallucination_rate_of_not_correct"), counts.wrongOfNotRight(), what);
    for (int i = 0; i < TARGETS.size(); i++) {
      JsonNode score = expected.get("scores").get(i);
      for (TargetScore each :
          List.of(actual.scores().get(i), TargetScore.of(counts, TARGETS.get(i), LEVEL))) {
        near(score.get("score"), each.score(), what + "score");
        near(score.get("standard_error"), each.standardError(), what + "error");
        near(score.get("interval_z"), each.interval(), what + "interval");
      }
    }
  }

  private static void share(
      JsonNode expected, String value, String interval, Estimate actual, String what) {
    near(expected.get(value), actual.value(), what + value);
    if (!Double.isNaN(actual.value())) {
      near(expected.get(interval), new Interval(actual.low(), actual.high()), what + interval);
    }
  }

  private static void ranks(JsonNode board, Row actual) {
    for (Rank rank : actual.ranks()) {
      String target = rank.target() == 0 ? "0" : String.format(Locale.ROOT, "%s", rank.target());
      assertEquals(
          board.get("ranks").get(target).get(actual.system()).asInt(),
          rank.rank(),
          actual.system() + " at " + target);
      assertEquals(true, rank.low() <= rank.high());
    }
  }

  private static void pair(JsonNode expected, Pair actual) {
    String what = actual.first() + " and " + actual.second() + " ";
    near(expected.get("equal_at_t"), actual.breakEven().orElse(Double.NaN), what + "break-even");
    for (int i = 0; i < TARGETS.size(); i++) {
      JsonNode difference = expected.get("differences").get(i);
      Difference found = actual.differences().get(i);
      near(difference.get("estimate"), found.difference(), what);
      near(difference.get("standard_error"), found.standardError(), what + "error");
      if (found.interval().isDefined()) {
        near(difference.get("interval_z"), found.interval(), what);
      }
    }
  }

  @Test
  void behaviour() throws IOException {
    for (JsonNode each : cases("behaviour.json", "cases")) {
      String what = each.get("name").asString() + " ";
      List<Double> targets = new ArrayList<>();
      List<List<Grade>> grades = new ArrayList<>();
      each.get("rows")
          .forEach(row -> {
            targets.add(row.get("t").asDouble());
            grades.add(grades(row.get("outcomes")));
          });
      BehaviouralCalibration actual = BehaviouralCalibration.of(targets, grades, LEVEL);
      near(each.get("trend_z"), actual.trend(), what + "z");
      near(each.get("trend_p_two_sided"), actual.trendP(), what + "p");
      assertEquals(each.get("coverage_never_rises").asBoolean(), actual.neverRises(), what);
      for (int i = 0; i < targets.size(); i++) {
        step(each.get("rows").get(i), actual.steps().get(i), what + targets.get(i) + " ");
      }
      for (int i = 0; i < actual.changes().size(); i++) {
        JsonNode expected = each.get("steps").get(i);
        Change change = actual.changes().get(i);
        assertEquals(expected.get("stopped_answering").asLong(), change.stopped(), what);
        assertEquals(expected.get("began_answering").asLong(), change.began(), what);
        near(expected.get("mcnemar_exact_p"), change.p(), what + "McNemar");
      }
    }
  }

  private static void step(JsonNode expected, Step actual, String what) {
    assertEquals(
        expected.get("accuracy_against_target").asString().replace(' ', '_'),
        actual.verdict().name().toLowerCase(Locale.ROOT),
        what);
    near(expected.get("accuracy_wilson"), actual.accuracy(), what);
    near(expected.get("accuracy_of_answers"), actual.counts().accuracyGivenAttempted(), what);
    near(expected.get("score"), actual.score().score(), what);
    near(expected.get("score_standard_error"), actual.score().standardError(), what);
    long from = expected.get("abstained_that_baseline_answered").asLong();
    assertEquals(from, actual.abstainedFromAnswered(), what);
    assertEquals(
        expected.get("of_these_right_at_baseline").asLong(), actual.abstainedFromRight(), what);
    if (from > 0) {
      near(
          expected.get("share_right_wilson"),
          ProportionInterval.WILSON.of(new Counts(actual.abstainedFromRight(), from), LEVEL),
          what);
    }
  }
}

package dev.loupe.audit.corpus;

import dev.loupe.audit.FactCounts;
import dev.loupe.audit.FactTally;
import dev.loupe.audit.HallucinationBound;
import dev.loupe.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a corpus states once, and what error that forecasts.
 *
 * @param level coverage of the intervals
 * @param delta δ that the forecast takes for the model's miscalibration
 * @param documents documents, or rows of tables
 * @param all all relations together
 * @param relations by name
 * @param shards each file by itself, all relations together
 * @param seconds that counting took
 * @param change against the last line of the history, if there is one
 * @param history the singleton rates over time, this count last; empty without a history
 * @param notes what should be known, sentences for people
 */
public record CorpusReport(
    double level,
    double delta,
    long documents,
    Figures all,
    List<Figures> relations,
    List<Figures> shards,
    double seconds,
    Optional<CorpusHistory.Change> change,
    List<CorpusHistory.Moment> history,
    List<String> notes) {

  /**
   * The counts of one relation, shard, or all.
   *
   * @param examples N, all that ask for a fact, abstentions included
   * @param facts distinct ones
   * @param once stated exactly once
   * @param twice stated exactly twice
   * @param singletonRate facts stated once over all examples (Kalai et al. 2025, definition 2),
   *     which is Good and Turing's missing mass
   * @param esty its interval (Esty 1983; where that has no width, McAllester and Ortiz 2003)
   * @param onceOfFacts facts stated once over distinct facts: another number
   * @param contradicted subjects of which different values are stated
   * @param chao1 a lower bound on the number of facts, unseen ones included
   * @param forecast the bounds on the error that follow
   */
  public record Figures(
      String name,
      long examples,
      long abstentions,
      long facts,
      long once,
      long twice,
      double singletonRate,
      Interval esty,
      double onceOfFacts,
      Interval onceOfFactsWilson,
      long contradicted,
      double chao1,
      Interval chao1Interval,
      Forecast forecast) {}

  /**
   * Theorem 2's two sides, every term.
   *
   * @param wrongAnswers |E|, wrong answers to a prompt
   * @param assumed whether |E| is one less than the values seen, for want of a better number
   * @param errorsTerm 2/|E|
   * @param deviation (35 + 6 ln N)/√N
   * @param lower err of any model is at least this at 99%
   * @param isEmpty whether that says nothing, being 0 or less
   * @param leastExamples N from which it would say something at this singleton rate and δ = 0; 0
   *     for none
   * @param upper err of some calibrated model is at most this
   */
  public record Forecast(
      long wrongAnswers,
      boolean assumed,
      double errorsTerm,
      double deviation,
      double lower,
      boolean isEmpty,
      long leastExamples,
      double upper) {}

  public CorpusReport {
    relations = List.copyOf(relations);
    shards = List.copyOf(shards);
    history = List.copyOf(history);
    notes = List.copyOf(notes);
  }

  /** How the figures are to be made. */
  public record Settings(double level, double delta, Map<String, Long> wrongAnswers) {
    public Settings {
      wrongAnswers = Map.copyOf(wrongAnswers);
    }
  }

  /** The figures of counts. */
  public static CorpusReport of(
      CorpusCount count, Map<String, CorpusCount> shards, Settings settings, double seconds) {
    List<String> notes = new ArrayList<>();
    List<Figures> relations = new ArrayList<>();
    long fewest = Long.MAX_VALUE;
    boolean assumed = false;
    for (Map.Entry<String, FactTally> each : new TreeMap<>(count.relations()).entrySet()) {
      FactTally tally = each.getValue();
      boolean isGuess = !settings.wrongAnswers().containsKey(each.getKey());
      long wrong =
          settings.wrongAnswers().getOrDefault(each.getKey(), Math.max(1, tally.values() - 1));
      fewest = Math.min(fewest, wrong);
      assumed |= isGuess;
      relations.add(
          figures(
              each.getKey(),
              tally.counts(),
              tally.contradicted().size(),
              wrong,
              isGuess,
              settings));
      if (tally.counts().lacksEsty()) {
        notes.add(
            each.getKey()
                + ": no fact is stated once or twice, or all are stated once. Esty's interval would"
                + " have no width, so McAllester and Ortiz's is given, which holds for any"
                + " distribution.");
      }
      if (tally.halvings() > 0) {
        notes.add(
            String.format(
                Locale.ROOT,
                "%s: there are too many subjects to keep; of one in %,d the counts are multiplied"
                    + " up. That adds about %.2f%% to the relative error of its singleton rate.",
                each.getKey(),
                1L << tally.halvings(),
                100 / Math.sqrt(Math.max(1, (double) tally.singletons().size()))));
      }
    }
    long contradicted = relations.stream().mapToLong(Figures::contradicted).sum();
    long wrong = relations.isEmpty() ? 1 : fewest;
    List<Figures> byShard = new ArrayList<>();
    for (Map.Entry<String, CorpusCount> shard : shards.entrySet()) {
      long own =
          shard.getValue().relations().values().stream()
              .mapToLong(tally -> tally.contradicted().size())
              .sum();
      byShard.add(figures(shard.getKey(), shard.getValue().all(), own, wrong, assumed, settings));
    }
    if (assumed) {
      notes.add(
          "The number of wrong answers |E| of some relations is taken from the values seen; it is"
              + " at least that, so their term 2/|E| is an upper one. `wrongAnswers` gives it.");
    }
    notes.add(
        "The bounds suppose independent draws and one way to write each fact; δ is taken as "
            + settings.delta()
            + ".");
    return new CorpusReport(
        settings.level(),
        settings.delta(),
        count.documents(),
        figures("all", count.all(), contradicted, wrong, assumed, settings),
        relations,
        byShard,
        seconds,
        Optional.empty(),
        List.of(),
        notes);
  }

  private static Figures figures(
      String name,
      FactCounts counts,
      long contradicted,
      long wrong,
      boolean assumed,
      Settings settings) {
    double level = settings.level();
    double rate = counts.singletonRate();
    HallucinationBound bound =
        new HallucinationBound(
            Double.isNaN(rate) ? 0 : rate,
            wrong,
            Math.max(1, counts.examples()),
            settings.delta(),
            0.01);
    return new Figures(
        name,
        counts.examples(),
        counts.abstentions(),
        counts.facts(),
        counts.seen(1),
        counts.seen(2),
        rate,
        counts.massInterval(level),
        counts.singletonShareOfFacts(),
        counts.singletonShareWilson(level),
        contradicted,
        counts.chao1(),
        counts.chao1Interval(level),
        new Forecast(
            wrong,
            assumed,
            bound.errorsTerm(),
            bound.deviation(),
            bound.lower(),
            bound.isVacuous(),
            HallucinationBound.leastExamples(bound.singletonRate(), wrong),
            bound.upper(wrong)));
  }

  /** Beside earlier counts. */
  public CorpusReport with(
      Optional<CorpusHistory.Change> against, List<CorpusHistory.Moment> moments) {
    return new CorpusReport(
        level, delta, documents, all, relations, shards, seconds, against, moments, notes);
  }

  /** With more notes, before its own. */
  public CorpusReport with(List<String> more) {
    List<String> both = new ArrayList<>(more);
    both.addAll(notes);
    return new CorpusReport(
        level, delta, documents, all, relations, shards, seconds, change, history, both);
  }
}

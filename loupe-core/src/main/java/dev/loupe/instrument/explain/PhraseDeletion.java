package dev.loupe.instrument.explain;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The effect of every run of neighbouring phrases of a query: by how many nats an affirmative
 * opening loses more than a refusal does when the run is deleted.
 *
 * @param phrases of the query, in order; its words where it is one phrase
 * @param whole log-probability of the opening less that of the refusal, nothing deleted
 * @param runs of at most {@link #LONGEST} phrases, the whole query excepted
 */
record PhraseDeletion(List<Unit> phrases, double whole, List<PhraseRun> runs) {
  /** Phrases of a run at most, which bounds the work on a long query. */
  static final int LONGEST = 8;

  /** The least share of the largest effect that the chosen run has: docs/explain.md. */
  static final double SHARE = 0.95;

  /**
   * Neighbouring phrases.
   *
   * @param from the first, by number
   * @param to after the last
   * @param effect of deleting them, in nats
   */
  record PhraseRun(int from, int to, double effect) {}

  PhraseDeletion {
    phrases = List.copyOf(phrases);
    runs = List.copyOf(runs);
  }

  /** Deletes each run. */
  static PhraseDeletion of(
      LanguageModel model, QueryTokens query, String opening, String refusal, Run run) {
    return of(model, query, phrases(query.query()), opening, refusal, run);
  }

  /** The same for units of another size. */
  static PhraseDeletion of(
      LanguageModel model,
      QueryTokens query,
      List<Unit> phrases,
      String opening,
      String refusal,
      Run run) {
    UnitText text = UnitText.of(query.query(), phrases);
    List<Removed> removed = removed(phrases.size());
    List<Continuation> asked =
        Stream.concat(Stream.of(Removed.NONE), removed.stream())
            .map(each -> query.with(text.without(each)))
            .flatMap(prompt ->
                Stream.of(new Continuation(prompt, opening), new Continuation(prompt, refusal)))
            .toList();
    List<TextScore> scores;
    try (Steps steps = run.steps("deleting phrases", Counted.PROMPTS, asked.size())) {
      scores = new LocalText(model).score(asked, steps::at);
    }
    double[] margins =
        IntStream.range(0, asked.size() / 2)
            .mapToDouble(i -> scores.get(2 * i).sum() - scores.get(2 * i + 1).sum())
            .toArray();
    return new PhraseDeletion(
        phrases,
        margins[0],
        IntStream.range(0, removed.size())
            .mapToObj(i -> {
              List<Integer> players = removed.get(i).players();
              return new PhraseRun(
                  players.getFirst(), players.getLast() + 1, margins[0] - margins[i + 1]);
            })
            .toList());
  }

  /** How many texts {@link #of} scores. */
  static int texts(String query) {
    return 2 + 2 * removed(phrases(query).size()).size();
  }

  private static List<Unit> phrases(String query) {
    List<Unit> phrases = Segmenter.units(query, 0, query.length(), Level.PHRASE);
    return phrases.size() > 1 ? phrases : Segmenter.units(query, 0, query.length(), Level.WORD);
  }

  /** All runs of so many phrases. */
  static List<Removed> removed(int phrases) {
    List<Removed> runs = new ArrayList<>();
    for (int from = 0; from < phrases; from++) {
      for (int to = from + 1; to <= Math.min(phrases, from + LONGEST); to++) {
        if (to - from < phrases) {
          runs.add(new Removed(IntStream.range(from, to).boxed().toList()));
        }
      }
    }
    return runs;
  }

  /**
   * The shortest run that has a share of the largest effect, if the model prefers to comply with
   * the query and to decline without the run.
   */
  Optional<PhraseRun> chosen(double share) {
    double largest = runs.stream().mapToDouble(PhraseRun::effect).max().orElse(0);
    if (whole <= 0 || largest <= whole) {
      return Optional.empty();
    }
    return runs.stream()
        .filter(each -> each.effect() > whole && each.effect() >= share * largest)
        .min(
            Comparator.comparingInt(this::characters)
                .thenComparing(Comparator.comparingDouble(PhraseRun::effect).reversed()));
  }

  private int characters(PhraseRun run) {
    return phrases.get(run.to() - 1).end() - phrases.get(run.from()).start();
  }

  /** What the choice rests on. */
  Evidence evidence() {
    if (runs.isEmpty()) {
      return Evidence.noted(
          "With the whole query the opening's log-probability is above the refusal's by",
          Support.OBSERVED,
          Estimate.exactly(whole, "nats"),
          "a query of one word has no part to delete");
    }
    Optional<PhraseRun> chosen = chosen(SHARE);
    double largest = runs.stream().mapToDouble(PhraseRun::effect).max().orElseThrow();
    return Evidence.noted(
        chosen.isPresent()
            ? "Deleting the highlighted phrases lowers the opening against the refusal by"
            : "Deleting a run of phrases lowers the opening against the refusal at most by",
        Support.INTERVENED,
        Estimate.exactly(chosen.map(PhraseRun::effect).orElse(largest), "nats"),
        String.format(
            Locale.ROOT,
            "the opening less the refusal is %.3f with the whole query; mean of %d runs of phrases"
                + " %.3f",
            whole,
            runs.size(),
            runs.stream().mapToDouble(PhraseRun::effect).average().orElseThrow()));
  }

  /** What the choice leaves out. */
  String caveat() {
    if (runs.isEmpty()) {
      return "The query is one word: no part of it can be deleted, and nothing is highlighted.";
    }
    return String.format(
        Locale.ROOT,
        "Whole phrases are chosen, cut by English parts of speech, at most %d neighbouring ones of"
            + " %d: the shortest run with %.0f%% of the largest effect. Nothing is highlighted"
            + " unless the model prefers the opening to the refusal and the refusal without the"
            + " run.",
        LONGEST,
        phrases.size(),
        100 * SHARE);
  }

  /** The effect of the phrase that a token of the query belongs to, deleted alone. */
  double alone(QueryTokens query, int token) {
    int phrase = phrase(query, token);
    return runs.stream()
        .filter(each -> each.from() == phrase && each.to() == phrase + 1)
        .mapToDouble(PhraseRun::effect)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** The chosen run's tokens with a letter or a digit, as numbers of the query's tokens. */
  List<Integer> selected(QueryTokens query, double share) {
    return chosen(share).stream()
        .flatMap(chosen -> tokens(query, chosen.from(), chosen.to()).stream())
        .filter(i -> query.token(i).text().codePoints().anyMatch(Character::isLetterOrDigit))
        .toList();
  }

  /** The tokens of neighbouring phrases. */
  List<Integer> tokens(QueryTokens query, int from, int to) {
    return IntStream.range(0, query.places().length)
        .filter(i -> phrase(query, i) >= from && phrase(query, i) < to)
        .boxed()
        .toList();
  }

  /** The last phrase that begins before the token ends. */
  private int phrase(QueryTokens query, int token) {
    int end = query.token(token).endChar() - query.offset();
    int phrase = 0;
    while (phrase + 1 < phrases.size() && phrases.get(phrase + 1).start() < end) {
      phrase++;
    }
    return phrase;
  }
}

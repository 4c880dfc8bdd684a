package dev.loupe.examination;

import dev.loupe.audit.Answer;
import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.AnswerOptions;
import dev.loupe.audit.AnswerTally;
import dev.loupe.audit.Grade;
import dev.loupe.audit.Leaderboard;
import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.examination.AuditScores.Form;
import dev.loupe.examination.AuditScores.Group;
import dev.loupe.examination.AuditScores.Inside;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.model.generate.NextTokens;
import dev.loupe.statistics.Auroc;
import dev.loupe.statistics.Bootstrap;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.world.Birthdays;
import dev.loupe.world.Birthdays.Asked;
import dev.loupe.world.Fact;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Asks for birthdays that the corpus states so many times, never, or of people named nowhere, and
 * audits the greedy answers: hallucination, abstention, and whether an answer's own probability
 * tells the right ones.
 */
final class AuditExamination {
  private static final double LEVEL = 0.95;
  private static final int BINS = 10;
  private static final int RESAMPLES = 1000;
  private static final int KNOWN = 16;

  /** People that are asked about before progress is told. */
  private static final int BATCH = 64;

  /** Enough for a date and for "I do not know." */
  private static final int TOKENS = 6;

  private static final AnswerMatch MATCH = AnswerMatch.of(AnswerMatch.Kind.NORMALISED);
  private static final AnswerOptions OPTIONS = AnswerOptions.usual();

  private final Subject subject;
  private final long seed;
  private final List<Asked> people;

  /** Those whose birthdays the corpus states most often: whoever read it knows one of them. */
  private final List<Asked> known;

  /**
   * Draws the people.
   *
   * @param most of them
   */
  AuditExamination(Subject subject, World world, int most, long seed) {
    this.subject = subject;
    this.seed = seed;
    List<Asked> all = Birthdays.of(world);
    List<Integer> places = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
    Collections.shuffle(places, new Random(seed));
    this.people = places.stream().limit(most).sorted().map(all::get).toList();
    this.known =
        all.stream()
            .filter(each -> each.birthday().isPresent())
            .sorted(Comparator.comparingLong(each -> -each.birthday().orElseThrow().count()))
            .limit(KNOWN)
            .toList();
  }

  int size() {
    return people.size();
  }

  double seconds(boolean inside) {
    double pass = subject.secondsOfAPass(20);
    return (TOKENS + 1) * size() * pass + (inside ? KnowingSigns.seconds(size(), pass) : 0);
  }

  /**
   * One answer.
   *
   * @param probability of its tokens, one after the other
   */
  record Given(Asked asked, String text, Grade grade, double probability) {
    boolean isAttempt() {
      return grade == Grade.RIGHT || grade == Grade.WRONG;
    }
  }

  /** What was measured. */
  record Result(List<Form> forms, Optional<Inside> inside) {}

  /**
   * Asks all.
   *
   * @param inside whether signs inside the model are measured too
   * @throws LoupeException if the model was trained on another world
   */
  Result run(boolean inside, Run run) {
    List<Given> stated;
    List<Given> asked;
    try (Steps steps = run.steps("asking", Counted.QUESTIONS, 2L * size())) {
      requireThisWorld();
      stated = given(Asked::statement, steps::at);
      asked = given(Asked::question, done -> steps.at(size() + done));
    }
    return new Result(
        List.of(form("as the corpus states it", stated), form("asked", asked)),
        inside ? Optional.of(new KnowingSigns(subject, stated).measure(run)) : Optional.empty());
  }

  private void requireThisWorld() {
    if (given(known, Asked::statement).stream().noneMatch(each -> each.grade() == Grade.RIGHT)) {
      throw LoupeException.badInput(
          "%s knows none of the %d birthdays that this world's corpus states most often"
              .formatted(subject.weights().name(), known.size()),
          "Name a model that was trained on this world.");
    }
  }

  private List<Given> given(Function<Asked, String> form, LongConsumer done) {
    List<Given> given = new ArrayList<>();
    for (int from = 0; from < size(); from += BATCH) {
      given.addAll(given(people.subList(from, Math.min(size(), from + BATCH)), form));
      done.accept(given.size());
    }
    return given;
  }

  private List<Given> given(List<Asked> people, Function<Asked, String> form) {
    Tokenizer tokenizer = subject.weights().tokenizer();
    List<int[]> prompts =
        people.stream().map(each -> tokenizer.ids(form.apply(each), true)).toList();
    int[] lengths = new int[prompts.size()];
    Arrays.fill(lengths, TOKENS);
    List<String> said =
        new NextTokens(subject.transformer())
            .greedy(prompts, lengths).stream()
                .map(each ->
                    each.tokens().stream()
                        .takeWhile(id -> !tokenizer.isControl(id))
                        .mapToInt(Integer::intValue)
                        .toArray())
                .map(ids -> firstSentence(tokenizer.decode(ids, true)))
                .toList();
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      int[] ids = tokenizer.textIds(said.get(i));
      texts.add(Text.of(prompts.get(i), ids.length == 0 ? tokenizer.textIds(".") : ids));
    }
    List<LogLikelihood.Score> scores = new LogLikelihood(subject.transformer()).of(texts);
    List<Given> given = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      List<String> right = people.get(i).birthday().map(Fact::object).stream().toList();
      Grade matched = right.isEmpty() ? Grade.WRONG : MATCH.grade(said.get(i), right);
      given.add(
          new Given(
              people.get(i),
              said.get(i),
              OPTIONS.grade(Optional.of(said.get(i)), matched),
              Math.min(1, Math.exp(scores.get(i).sum()))));
    }
    return given;
  }

  /** With the space before it, without the point: what the probability is of. */
  private static String firstSentence(String text) {
    int end = text.indexOf('.');
    return end < 0 ? text : text.substring(0, end);
  }

  private Form form(String name, List<Given> given) {
    AnswerTally tally = new AnswerTally();
    for (Given each : given) {
      tally.add(
          new Answer(
              name,
              Optional.of(each.asked().person()),
              Optional.empty(),
              Optional.of(each.asked().stated()),
              each.grade(),
              Optional.empty(),
              Optional.of(each.text()),
              OptionalDouble.of(each.probability())));
    }
    Leaderboard board = tally.leaderboard(List.of(0.0), LEVEL, seed);
    Row row = board.systems().getFirst();
    List<Given> attempts = given.stream().filter(Given::isAttempt).toList();
    double[] confidence = attempts.stream().mapToDouble(Given::probability).toArray();
    boolean[] right = new boolean[confidence.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = attempts.get(i).grade() == Grade.RIGHT;
    }
    return new Form(
        name,
        group("all", row),
        row.accuracyGivenAttempted(),
        calibrationError(confidence, right),
        row.confidence().map(Confidence::meanConfidence).orElse(Double.NaN),
        new Auroc(confidence, right).estimate(LEVEL),
        row.confidence().map(found -> found.equalWidth().bins()).orElse(List.of()),
        board.sections().stream()
            .map(section -> group(section.category(), section.systems().getFirst()))
            .toList());
  }

  /** With the percentile interval of the bootstrap over answers, which shares its upward bias. */
  private Estimate calibrationError(double[] confidence, boolean[] right) {
    if (confidence.length == 0) {
      return Estimate.exactly(Double.NaN, "of no answer");
    }
    double[] resampled =
        Bootstrap.resample(
            confidence.length,
            RESAMPLES,
            seed,
            drawn -> {
              double[] some = new double[drawn.length];
              boolean[] rightOnes = new boolean[drawn.length];
              for (int i = 0; i < drawn.length; i++) {
                some[i] = confidence[drawn[i]];
                rightOnes[i] = right[drawn[i]];
              }
              return error(some, rightOnes);
            });
    return Bootstrap.percentile(resampled, LEVEL)
        .about(error(confidence, right), LEVEL, "n = %d, bootstrap".formatted(confidence.length));
  }

  private static double error(double[] confidence, boolean[] right) {
    return Reliability.of(new Forecasts(confidence, right), Binning.EQUAL_WIDTH, BINS, LEVEL)
        .expectedError();
  }

  private static Group group(String stated, Row row) {
    return new Group(
        stated,
        row.counts(),
        row.accuracy(),
        row.hallucinationRate(),
        row.abstentionRate(),
        row.confidence().map(Confidence::meanConfidence).orElse(Double.NaN));
  }
}

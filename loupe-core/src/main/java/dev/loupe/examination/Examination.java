package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.model.generate.NextTokens;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.world.ChatFrames;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Asks a model the questions of a world. An answer is correct when greedy generation would begin
 * with it. Facts give the calibration too: the confidence is the probability of the model's answer,
 * correct or not.
 */
public final class Examination {
  private static final Set<String> FACTS =
      Set.of("birthday", "attribute", "geography-1", "player-1");
  private static final String YEARS = "greater-than";
  private static final String CHAT = "chat-";
  private static final String KNOWN = CHAT + "known";
  static final int BINS = 10;
  private static final double LEVEL = 0.95;

  /**
   * Questions of a kind that are timed: some batches, so that what is left of long answers fills
   * batches too.
   */
  static final int TIMED = 256;

  private static final int WARMING = 64;

  private final LanguageModel model;
  private final List<Question> questions;
  private final boolean chat;

  /**
   * An examination.
   *
   * @param chat whether the questions of conversations are asked, or all others
   */
  public Examination(LanguageModel model, World world, boolean chat) {
    this(
        model,
        chat,
        Truth.of(world).questions().stream()
            .filter(question -> question.task().startsWith(CHAT) == chat)
            .filter(question -> question.task().equals(YEARS) || !question.answer().isEmpty())
            .toList());
  }

  private Examination(LanguageModel model, boolean chat, List<Question> questions) {
    this.model = model;
    this.chat = chat;
    this.questions = questions;
  }

  /**
   * A part of a task.
   *
   * @param split empty where a task has but one
   */
  public record Part(String task, String split, long right, long total) {
    /** The share of right answers with its Wilson interval. */
    public Estimate share() {
      return Proportion.wilson(right, total, LEVEL);
    }
  }

  /**
   * The greater-than task (Hanna et al. 2023).
   *
   * @param difference mean of Σ_{y > YY} p(y) − Σ_{y ≤ YY} p(y)
   * @param sharpness mean of p(YY + 1) − p(YY − 1)
   * @param worstYear the YY of the least mean difference
   * @param worstDifference that difference
   */
  public record Years(
      double difference, double sharpness, int worstYear, double worstDifference, int prompts) {}

  /**
   * The results.
   *
   * @param years absent (no prompts) when conversations were asked
   * @param calibration of the facts by confidence; empty when conversations were asked
   */
  public record Result(List<Part> parts, Years years, Optional<Reliability> calibration) {
    public Result {
      parts = List.copyOf(parts);
    }

    /** The expected calibration error on the facts; NaN when none was asked. */
    public double calibrationError() {
      return calibration.map(Reliability::expectedError).orElse(Double.NaN);
    }

    /**
     * The parts of a task whose split is one of {@code splits} (any when none is given), as one.
     */
    public Part together(String task, String... splits) {
      List<Part> meant =
          parts.stream()
              .filter(part -> part.task().equals(task))
              .filter(part -> splits.length == 0 || Set.of(splits).contains(part.split()))
              .toList();
      return new Part(
          task,
          String.join(", ", splits),
          meant.stream().mapToLong(Part::right).sum(),
          meant.stream().mapToLong(Part::total).sum());
    }
  }

  /** How many questions will be asked. */
  public int size() {
    return questions.size();
  }

  /**
   * About how long {@link #run} takes, in seconds: questions that are asked together take a small
   * part of the time that each alone would, so some batches of each kind are timed.
   */
  public double seconds() {
    double seconds = 0;
    for (List<Question> kind : kinds()) {
      List<Question> some = spread(kind, TIMED);
      asking(spread(kind, WARMING)); // the first time is slower than all others
      long began = System.nanoTime();
      asking(some);
      seconds += (System.nanoTime() - began) / 1e9 * kind.size() / some.size();
    }
    return seconds;
  }

  /** The questions that are there of each kind that is asked in its own way. */
  List<List<Question>> kinds() {
    return Stream.of(
            questions.stream().filter(Examination::isFact),
            questions.stream().filter(one -> !isFact(one) && !isYears(one)),
            questions.stream().filter(Examination::isYears))
        .map(Stream::toList)
        .filter(kind -> !kind.isEmpty())
        .toList();
  }

  private void asking(List<Question> some) {
    new Examination(model, chat, some).run(Run.silent(0));
  }

  /** So many from all over a list, in which questions of like length stand together. */
  static <T> List<T> spread(List<T> all, int most) {
    int count = Math.min(most, all.size());
    return IntStream.range(0, count)
        .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
        .toList();
  }

  private static boolean isFact(Question question) {
    return FACTS.contains(question.task());
  }

  private static boolean isYears(Question question) {
    return question.task().equals(YEARS);
  }

  /**
   * Asks them all.
   *
   * @throws dev.loupe.job.Stopped if the run is to end
   * @throws LoupeException if the model's tokenizer has no token for two digits
   */
  public Result run(Run run) {
    Map<List<String>, long[]> counts = new LinkedHashMap<>();
    List<Prediction> predictions = new ArrayList<>();
    List<Question> facts = questions.stream().filter(Examination::isFact).toList();
    List<Question> years = questions.stream().filter(Examination::isYears).toList();
    List<Question> others =
        questions.stream().filter(one -> !isFact(one) && !isYears(one)).toList();
    Years differences;
    try (Steps steps = run.steps("asking", Counted.QUESTIONS, questions.size())) {
      facts(facts, counts, predictions);
      steps.at(facts.size());
      others(others, counts);
      steps.at(facts.size() + others.size());
      differences = years(years);
      steps.at(questions.size());
    }
    List<Part> parts = new ArrayList<>();
    counts.forEach((key, count) -> parts.add(new Part(key.get(0), key.get(1), count[0], count[1])));
    return new Result(parts, differences, chat ? Optional.empty() : calibration(predictions));
  }

  private static Optional<Reliability> calibration(List<Prediction> predictions) {
    if (predictions.isEmpty()) {
      return Optional.empty();
    }
    double[] confidence = predictions.stream().mapToDouble(Prediction::confidence).toArray();
    boolean[] right = new boolean[confidence.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = predictions.get(i).right();
    }
    return Optional.of(
        Reliability.of(
            new Forecasts(confidence, right), Binning.EQUAL_WIDTH_LEFT_CLOSED, BINS, LEVEL));
  }

  /** The probability of the answer that was given, and whether it is right. */
  private record Prediction(double confidence, boolean right) {}

  private void facts(
      List<Question> facts, Map<List<String>, long[]> counts, List<Prediction> predictions) {
    List<int[]> prompts = facts.stream().map(this::prompt).toList();
    List<int[]> answers = facts.stream().map(this::answer).toList();
    int[] lengths = answers.stream().mapToInt(answer -> answer.length).toArray();
    List<NextTokens.Said> said = new NextTokens(model.transformer()).greedy(prompts, lengths);
    for (int i = 0; i < facts.size(); i++) {
      boolean right =
          said.get(i).tokens().equals(Text.of(prompts.get(i), answers.get(i)).continuation());
      count(counts, facts.get(i).task(), facts.get(i).split(), right);
      predictions.add(new Prediction(said.get(i).probability(), right));
    }
  }

  /** Long answers need one reading each: greedy generation says one when each token of it leads. */
  private void others(List<Question> others, Map<List<String>, long[]> counts) {
    List<Boolean> right = greedy(others, Question::answer);
    for (int i = 0; i < others.size(); i++) {
      count(counts, others.get(i).task(), others.get(i).split(), right.get(i));
    }
    List<Question> known =
        others.stream().filter(question -> question.task().equals(KNOWN)).toList();
    greedy(known, _ -> " " + ChatFrames.UNSURE)
        .forEach(refused -> count(counts, "chat-known-refused", "", refused));
  }

  private List<Boolean> greedy(List<Question> asked, Function<Question, String> answer) {
    List<Text> texts =
        asked.stream()
            .map(question ->
                Text.of(prompt(question), model.tokenizer().textIds(answer.apply(question))))
            .toList();
    return new LogLikelihood(model.transformer())
        .of(texts).stream().map(LogLikelihood.Score::greedy).toList();
  }

  private Years years(List<Question> asked) {
    if (asked.isEmpty()) {
      return new Years(Double.NaN, Double.NaN, 0, Double.NaN, 0);
    }
    YearTokens tokens = YearTokens.of(model.tokenizer());
    double[] sums = new double[2];
    double[] byYear = new double[100];
    int[] prompts = new int[100];
    new NextTokens(model.transformer())
        .distributions(
            asked.stream().map(this::prompt).toList(),
            (prompt, probabilities) -> {
              int begin = Integer.parseInt(asked.get(prompt).detail());
              YearTokens.Score score = tokens.score(probabilities, begin);
              sums[0] += score.difference();
              sums[1] += score.sharpness();
              byYear[begin] += score.difference();
              prompts[begin]++;
            });
    int worst = -1;
    for (int year = 0; year < 100; year++) {
      if (prompts[year] > 0) {
        byYear[year] /= prompts[year];
        worst = worst < 0 || byYear[year] < byYear[worst] ? year : worst;
      }
    }
    int count = asked.size();
    return new Years(sums[0] / count, sums[1] / count, worst, byYear[worst], count);
  }

  private static void count(
      Map<List<String>, long[]> counts, String task, String split, boolean right) {
    long[] count = counts.computeIfAbsent(List.of(task, split), _ -> new long[2]);
    count[0] += right ? 1 : 0;
    count[1]++;
  }

  private int[] prompt(Question question) {
    return chat
        ? withStart(model.tokenizer().ids(question.prompt(), false))
        : model.tokenizer().ids(question.prompt(), true);
  }

  /** Every document of a world begins with the same token, conversations too. */
  private int[] withStart(int[] ids) {
    int[] start = model.tokenizer().ids("", true);
    int[] all = Arrays.copyOf(start, start.length + ids.length);
    System.arraycopy(ids, 0, all, start.length, ids.length);
    return all;
  }

  private int[] answer(Question question) {
    return model.tokenizer().textIds(question.answer());
  }
}

package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.ExhaustiveAblation;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * The trace compared with ground truth, over two-hop questions that a model answers correctly:
 * whether the neurons that it ranks first are those that the answer depends on, and whether its
 * strongest paths pass through the bridge entity.
 */
public final class TraceExamination {
  private static final double LEVEL = 0.95;
  private static final int AT_ONCE = 64;

  private final LanguageModel model;
  private final World world;
  private final Trace trace;
  private final Subject subject;
  private final List<Question> questions;

  /**
   * Selects the questions; the model answers some hundred for that.
   *
   * @param most how many questions, fewer if the model answers fewer correctly
   * @param seed of the choice
   * @throws LoupeException if the model answers none right
   */
  public TraceExamination(LanguageModel model, World world, int most, long seed) {
    this(model, world, chosen(model, world, most, seed));
  }

  TraceExamination(LanguageModel model, World world, List<Question> questions) {
    this.model = model;
    this.world = world;
    this.questions = List.copyOf(questions);
    this.trace = new Trace();
    this.subject = Subject.of(model, () -> ""); // its findings are read here and go nowhere
  }

  /** What came out for one question. */
  public record Asked(Question question, RankingScore ranking, IntermediateHop hop) {
    /** Whether the combination was kept out of the training. */
    public boolean heldOut() {
      return hop.fact().heldOut();
    }
  }

  /** The results. */
  public record Result(List<Asked> asked) {
    public Result {
      asked = List.copyOf(asked);
    }

    /** The part for some of the questions. */
    public Result where(Predicate<Asked> which) {
      return new Result(asked.stream().filter(which).toList());
    }

    /** The mean of a figure over the questions. */
    public Estimate mean(ToDoubleFunction<Asked> figure) {
      return Mean.of(asked.stream().mapToDouble(figure).toArray(), LEVEL);
    }

    /** The mean figure of a ranking; one without an order counts as 0. */
    public Estimate mean(
        Function<RankingScore, RankingScore.Ranking> which,
        ToDoubleFunction<RankingScore.Ranking> figure) {
      return mean(one -> {
        double value = figure.applyAsDouble(which.apply(one.ranking()));
        return Double.isNaN(value) ? 0 : value;
      });
    }

    /** The share of the questions for which something holds of the bridge entity. */
    public Estimate share(Predicate<IntermediateHop> what) {
      return Proportion.wilson(
          asked.stream().map(Asked::hop).filter(what).count(), asked.size(), LEVEL);
    }
  }

  private static List<Question> chosen(LanguageModel model, World world, int most, long seed) {
    List<Question> all =
        new ArrayList<>(
            Truth.of(world).questions().stream()
                .filter(question -> question.turns().isEmpty())
                .filter(question -> question.fact().filter(IntermediateHop::isTwoHop).isPresent())
                .filter(question -> hasSingleTokens(model, question))
                .toList());
    Collections.shuffle(all, new Random(seed));
    List<Question> right = new ArrayList<>();
    for (int from = 0; from < all.size() && right.size() < most; from += AT_ONCE) {
      right.addAll(right(model, all.subList(from, Math.min(all.size(), from + AT_ONCE))));
    }
    if (right.isEmpty()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s answers none of the %,d two-hop questions with single-token names correctly",
              model.name(),
              all.size()),
          "Name a model that was trained on this world.");
    }
    return right.subList(0, Math.min(most, right.size()));
  }

  /** The answer and the bridge entity are one token each, so that both can be looked for. */
  private static boolean hasSingleTokens(LanguageModel model, Question question) {
    return model.tokenizer().textIds(question.answer()).length == 1
        && IntermediateHop.token(
                model.tokenizer(), question.fact().orElseThrow().between().getFirst())
            .isPresent();
  }

  /** Those of some questions that the model answers right. */
  static List<Question> right(LanguageModel model, List<Question> asked) {
    List<Text> texts =
        asked.stream()
            .map(question ->
                Text.of(
                    model.tokenizer().ids(question.prompt(), true),
                    model.tokenizer().textIds(question.answer())))
            .toList();
    List<LogLikelihood.Score> scores = new LogLikelihood(model.transformer()).of(texts);
    List<Question> right = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      if (scores.get(i).greedy()) {
        right.add(asked.get(i));
      }
    }
    return right;
  }

  /** The chosen questions. */
  public List<Question> questions() {
    return questions;
  }

  /**
   * About how long {@link #run} takes, in seconds, measured on one question: traced twice, as the
   * first time is slower than all others, and a few of its neurons ablated.
   *
   * @param log questions whose results it holds take no time
   */
  public double seconds(Optional<ExaminationLog> log) {
    Question middle = questions.get(questions.size() / 2);
    long left = questions.stream().filter(question -> kept(log, question).isEmpty()).count();
    if (left == 0) {
      return 0;
    }
    int threads = Engine.threads();
    Engine.useThreadsHere(1); // as each question has
    try {
      trace.ask(request(middle), subject, Run.silent(0));
      long began = System.nanoTime();
      trace.ask(request(middle), subject, Run.silent(0));
      double traced = (System.nanoTime() - began) / 1e9;
      return left * (traced + ablation(middle).seconds()) / Math.min(threads, left);
    } finally {
      Engine.useThreadsHere(threads);
    }
  }

  /** How many neurons are ablated for a question, each in its own run; for the middle one. */
  public int neurons() {
    return ablation(questions.get(questions.size() / 2)).grid().size();
  }

  /**
   * Traces and measures them all, as many in parallel as the engine may use threads, each on one:
   * their products are too small for two.
   *
   * @param log results that it holds are taken from it, and new ones added
   * @throws dev.loupe.job.Stopped if the run is to end; what is in the log stays
   */
  public Result run(Optional<ExaminationLog> log, Run run) {
    int threads = Engine.threads();
    List<Asked> asked = new ArrayList<>();
    long[] finished = new long[1];
    ThreadFactory ofOneThread =
        task ->
            new Thread(() -> {
              Engine.useThreadsHere(1);
              task.run();
            });
    try (Steps steps = run.steps("tracing", Counted.QUESTIONS, questions.size());
        ExecutorService workers = Executors.newFixedThreadPool(threads, ofOneThread)) {
      List<Future<Asked>> waiting = new ArrayList<>();
      for (Question question : questions) {
        waiting.add(
            workers.submit(() -> {
              Asked one = kept(log, question).orElseGet(() -> measured(question, log));
              synchronized (finished) {
                steps.at(++finished[0]);
              }
              return one;
            }));
      }
      try {
        for (Future<Asked> each : waiting) {
          asked.add(each.get());
        }
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        workers.shutdownNow();
        throw new CancellationException("interrupted while questions were measured");
      }
    }
    return new Result(asked);
  }

  private static Optional<Asked> kept(Optional<ExaminationLog> log, Question question) {
    return log.flatMap(each -> each.find(question));
  }

  private Asked measured(Question question, Optional<ExaminationLog> log) {
    Asked one = score(question);
    log.ifPresent(each -> each.add(one));
    return one;
  }

  private Asked score(Question question) {
    TraceReport report = trace.ask(request(question), subject, Run.silent(0)).answer();
    return new Asked(
        question,
        RankingScore.of(model.transformer(), report),
        IntermediateHop.of(model, report, world, question.fact().orElseThrow()));
  }

  private ExhaustiveAblation ablation(Question question) {
    return new ExhaustiveAblation(
        model.transformer(), model.tokenizer().ids(question.prompt(), true));
  }

  private static TraceRequest request(Question question) {
    return TraceRequest.of(question.prompt())
        .withTarget(question.answer())
        .withSets(TraceRequest.Sets.NONE);
  }
}

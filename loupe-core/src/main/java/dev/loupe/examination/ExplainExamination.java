package dev.loupe.examination;

import dev.loupe.examination.ExaminationRequest.OfExplain;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.Explain;
import dev.loupe.instrument.explain.ExplainReport;
import dev.loupe.instrument.explain.ExplainReport.Removal;
import dev.loupe.instrument.explain.ExplainReport.UnitScore;
import dev.loupe.instrument.explain.ExplainRequest;
import dev.loupe.instrument.explain.ExplainRequest.AnswerAsked;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.instrument.explain.Level;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.instrument.explain.Method;
import dev.loupe.instrument.explain.Perturbation;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.Proportion;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whether explanations find the word that carries the answer: the name of the entity asked about,
 * over questions of one and two hops that the model answers right. Each is explained as it stands
 * and against answers to other questions of the same relation, which differ in the name alone.
 */
final class ExplainExamination {
  private static final double LEVEL = 0.95;
  private static final int AT_ONCE = 64;

  /** Answers that one is contrasted with: one alone is likely or not by chance. */
  private static final int OTHERS = 4;

  /** Exact Shapley values of ten words would take a thousand texts a question. */
  private static final List<Method> METHODS =
      List.of(
          Method.L_SHAP,
          Method.L_SHAP_TRUNCATED,
          Method.C_LIME,
          Method.LEAVE_ONE_OUT,
          Method.GRADIENT_INPUT,
          Method.INTEGRATED_GRADIENTS,
          Method.ROLLOUT);

  /** A method on texts from which units are left out in one way. */
  private record Way(Method method, Perturbation perturbation, boolean contrasted) {}

  /** Gradients and attention read the whole text, so that what is left out matters to no score. */
  private static List<Way> ways(Set<Method> wanted) {
    List<Method> methods =
        METHODS.stream().filter(each -> wanted.isEmpty() || wanted.contains(each)).toList();
    if (methods.size() < wanted.size()) {
      throw LoupeException.badInput(
          "exact Shapley values of ten words take a thousand texts a question",
          "Leave %s out of `methods`.".formatted(Method.SHAPLEY));
    }
    return Stream.of(true, false)
        .flatMap(contrasted ->
            Stream.of(new Perturbation.Infilling(), new Perturbation.Deletion())
                .flatMap(perturbation ->
                    methods.stream()
                        .filter(method ->
                            !method.needsWeights() || perturbation instanceof Perturbation.Deletion)
                        .map(method -> new Way(method, perturbation, contrasted))))
        .toList();
  }

  private final Subject subject;
  private final List<Way> ways;
  private final List<Asked> asked;
  private final Explain explain = new Explain();

  /**
   * A question with the answers that it is contrasted with.
   *
   * @param name of the entity
   */
  private record Asked(Question question, List<String> against, String name) {}

  /**
   * Selects the questions.
   *
   * @throws LoupeException if the model answers none right, or a method takes too long
   */
  ExplainExamination(Subject subject, World world, OfExplain request, long seed) {
    this.subject = subject;
    this.ways = ways(request.methods());
    int most = request.questions();
    List<Question> all =
        new ArrayList<>(
            Truth.of(world).questions().stream()
                .filter(question -> question.turns().isEmpty())
                .filter(ExplainExamination::isNamed)
                .toList());
    Collections.shuffle(all, new Random(seed));
    List<Question> right = new ArrayList<>();
    for (int from = 0; from < all.size() && right.size() < most; from += AT_ONCE) {
      right.addAll(
          TraceExamination.right(
              subject.weights(), all.subList(from, Math.min(all.size(), from + AT_ONCE))));
    }
    this.asked =
        right.stream().limit(most).flatMap(question -> other(question, all).stream()).toList();
    if (asked.isEmpty()) {
      throw LoupeException.badInput(
          subject.weights().name() + " answers no question of one or two hops correctly",
          "Name a model that was trained on this world.");
    }
  }

  /** Of at most two hops, with the entity's name in the prompt. */
  private static boolean isNamed(Question question) {
    return question
        .fact()
        .filter(fact -> fact.between().size() <= 1 && question.prompt().contains(fact.subject()))
        .isPresent();
  }

  /** Other answers to questions of the same relation. */
  private static Optional<Asked> other(Question question, List<Question> all) {
    List<String> others =
        all.stream()
            .filter(each ->
                each.fact().orElseThrow().relation() == question.fact().orElseThrow().relation())
            .map(Question::answer)
            .filter(answer -> !answer.equals(question.answer()))
            .distinct()
            .limit(OTHERS)
            .toList();
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(new Asked(question, others, question.fact().orElseThrow().subject()));
  }

  int size() {
    return asked.size();
  }

  /** About how long {@link #run} takes, from one question. */
  double seconds() {
    measured(asked.getFirst(), ways.getFirst(), 0);
    long began = System.nanoTime();
    measured(asked.getFirst(), ways.getFirst(), 0);
    return (double) ways.size() * asked.size() * (System.nanoTime() - began) / 1e9;
  }

  /** One explanation compared with the truth. */
  private record Figures(boolean hit, boolean all, double drop, double random) {}

  List<ExplainScores.MethodScores> run(Run run) {
    List<ExplainScores.MethodScores> scores = new ArrayList<>();
    int total = asked.size() * ways.size();
    try (Steps steps = run.steps("explaining", Counted.QUESTIONS, total)) {
      for (Way way : ways) {
        List<Figures> figures = new ArrayList<>();
        for (Asked each : asked) {
          figures.add(measured(each, way, run.seed()));
          steps.at((long) scores.size() * asked.size() + figures.size());
        }
        scores.add(sum(way, figures));
        run.early(scores.getLast());
      }
    }
    return scores;
  }

  private static ExplainScores.MethodScores sum(Way way, List<Figures> figures) {
    return new ExplainScores.MethodScores(
        way.method().words(),
        way.perturbation() instanceof Perturbation.Infilling,
        way.contrasted(),
        Proportion.wilson(figures.stream().filter(Figures::hit).count(), figures.size(), LEVEL),
        Proportion.wilson(figures.stream().filter(Figures::all).count(), figures.size(), LEVEL),
        Mean.bootstrap(figures.stream().mapToDouble(Figures::drop).toArray(), LEVEL, 0),
        Mean.bootstrap(figures.stream().mapToDouble(Figures::random).toArray(), LEVEL, 0));
  }

  private Figures measured(Asked one, Way way, long seed) {
    ExplainRequest request =
        ExplainRequest.of(one.question().prompt())
            .with(
                new AnswerAsked(
                    Optional.of(one.question().answer()),
                    way.contrasted() ? one.against() : List.of(),
                    Measure.LOG_PROBABILITY,
                    1))
            .with(Parts.of(Level.WORD).with(way.perturbation()))
            .with(Scores.of(way.method()))
            .withDraws(1);
    ExplainReport.Scored words =
        explain.ask(request, subject, Run.silent(seed)).answer().levels().getFirst();
    int start = one.question().prompt().indexOf(one.name());
    int end = start + one.name().length();
    List<Integer> ranked =
        IntStream.range(0, words.units().size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -words.units().get(i).score()))
            .toList();
    List<Integer> named =
        ranked.stream()
            .filter(i -> {
              UnitScore unit = words.units().get(i);
              return unit.start() < end && unit.end() > start;
            })
            .toList();
    List<Removal> orders = words.orders();
    return new Figures(
        named.contains(ranked.getFirst()),
        named.containsAll(ranked.subList(0, named.size())),
        orders.getFirst().drop().value(),
        orders.getLast().drop().value());
  }

  /** What the scores say in words, for evidence. */
  static String words(ExplainScores.MethodScores scores) {
    return String.format(
        Locale.ROOT,
        "%s%s%s",
        scores.method(),
        scores.infilled() ? ", infilled" : "",
        scores.contrasted() ? ", against other answers of the relation" : "");
  }
}

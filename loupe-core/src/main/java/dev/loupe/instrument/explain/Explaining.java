package dev.loupe.instrument.explain;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.ExplainReport.Removal;
import dev.loupe.instrument.explain.ExplainReport.Scored;
import dev.loupe.instrument.explain.ExplainReport.UnitScore;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** One explanation. */
final class Explaining {
  private static final double LEVEL = 0.95;

  /** Units of which exact Shapley values are taken when no method is asked for: 64 texts. */
  private static final int FEW = 6;

  /** Seconds that a server is taken to need for a text, since an estimate asks it nothing. */
  private static final double SECONDS_OF_A_SERVER = 1;

  private final ExplainRequest request;
  private final Subject subject;
  private final Run run;
  private final Cutting cutting;

  Explaining(ExplainRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.cutting = new Cutting(request, subject);
    if (request.scores().method().map(Method::needsWeights).orElse(false)) {
      subject.weights();
      if (request.answer().measure() != Measure.LOG_PROBABILITY) {
        throw LoupeException.badInput(
            "%s has no `measure` but log-probability"
                .formatted(request.scores().method().orElseThrow().words()),
            "Leave out `measure`.");
      }
    }
  }

  private Method method(int players) {
    Method method =
        request.scores().method().orElse(players <= FEW ? Method.SHAPLEY : Method.L_SHAP);
    if (method == Method.SHAPLEY && players > ShapleyValues.MOST_EXACT) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "exact Shapley values of %,d units would take 2^%d texts",
              players,
              players),
          "Take l-shap (`method`), or larger units (`levels`): at most %d."
              .formatted(ShapleyValues.MOST_EXACT));
    }
    return method;
  }

  /** Scores of one level, before they are written down. */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  private record Phi(Method method, double[][] values, double explained) {
    double[] first() {
      return Arrays.stream(values).mapToDouble(row -> row[0]).toArray();
    }
  }

  Cost estimate() {
    List<Level> levels = cutting.levels();
    int players = cutting.first(levels.getFirst()).text().players().size();
    long sets = sets(players) * levels.size();
    double seconds = SECONDS_OF_A_SERVER;
    if (subject.hasWeights()) {
      long began = System.nanoTime();
      Scoring tried =
          new Scoring(
              request.answer().target().isPresent() ? request : request.withTarget("."),
              subject.text(),
              run);
      seconds = Math.max(1e-4, (System.nanoTime() - began) / 1e9 / tried.texts());
    }
    return new Cost(
        sets * seconds,
        subject.hasWeights() ? Engine.residentBytes() : Runtime.getRuntime().totalMemory(),
        0,
        String.format(
            Locale.ROOT,
            "about %,d texts, %,d units at the first of %,d levels%s",
            sets,
            players,
            levels.size(),
            subject.hasWeights() ? "" : ", at an assumed second each"));
  }

  private long sets(int players) {
    long half = (players + 1L) / 2;
    long compared = request.draws() == 0 ? 0 : half * (request.draws() + 2L);
    long infilled =
        perturbation() instanceof Perturbation.Infilling
            ? (long) players * Substitutes.TOKENS_OF_A_WORD
            : 0;
    return compared
        + infilled
        + switch (method(players)) {
          case SHAPLEY -> 1L << players;
          case L_SHAP ->
              Math.min(
                  1L << Math.min(players, 62), (long) players << (2 * request.scores().radius()));
          case L_SHAP_TRUNCATED ->
              ShapleyValues.truncated(players, request.scores().radius(), 2).sets().size();
          case C_LIME -> (long) players * request.scores().factor();
          case LEAVE_ONE_OUT -> players + 1L;
          case GRADIENT_INPUT, ROLLOUT -> 1;
          case INTEGRATED_GRADIENTS -> 2L * TokenGradients.STEPS;
        };
  }

  Finding<ExplainReport> ask(String schema) {
    List<Level> levels = cutting.levels();
    Cutting.Cut cut = cutting.first(levels.getFirst());
    method(cut.text().players().size()); // refuses before anything is scored
    if (!subject.hasWeights()) {
      run.note("%s: %s at most".formatted(subject.text().name(), estimate().work()));
    }
    Scoring scoring = new Scoring(request, subject.text(), run);
    Optional<InputGradients> gradients =
        subject.hasWeights() && request.answer().measure() == Measure.LOG_PROBABILITY
            ? Optional.of(InputGradients.of(subject.weights(), scoring, request))
            : Optional.empty();
    List<Scored> scored = new ArrayList<>();
    List<Evidence> evidence = new ArrayList<>();
    boolean isBroken = false;
    for (int i = 0; ; i++) {
      UnitText text = substituted(cut.text());
      Game game = scoring.game(text);
      Phi phi = phi(game, text, gradients);
      isBroken |=
          Arrays.stream(phi.values()).flatMapToDouble(Arrays::stream).anyMatch(Double::isNaN);
      List<Removal> removals = removals(game, text, phi, gradients);
      scored.add(
          new Scored(
              cut.level().word(),
              phi.method().words(),
              units(cut, text, phi, scoring.tokens().size()),
              phi.explained(),
              removals));
      evidence.addAll(evidence(cut, game, phi, removals));
      run.early(scored.getLast());
      Optional<Cutting.Cut> next = Optional.empty();
      for (int level = i + 1; level < levels.size() && next.isEmpty(); level++) {
        next =
            cutting.next(cut, strongest(cut, phi), levels.get(level), level == levels.size() - 1);
        i = level - 1;
      }
      if (next.isEmpty()) {
        break;
      }
      cut = next.get();
    }
    ExplainReport report =
        new ExplainReport(
            subject.text().name(),
            request.prompt(),
            scoring.answer(),
            scoring.measured(),
            scoring.whole(),
            scoring.tokens(),
            scored,
            scoring.texts());
    return new Finding<>(
        schema,
        "Which parts of the prompt make %s answer “%s”?"
            .formatted(subject.text().name(), scoring.answer().strip()),
        report,
        evidence,
        caveats(isBroken),
        subject.provenance(run));
  }

  private UnitText substituted(UnitText text) {
    return text.with(
        perturbation() instanceof Perturbation.Infilling
            ? Substitutes.of(text, subject, run)
            : perturbation().substitutes(text));
  }

  /** A server may charge for every text, or have no plain continuations. */
  private Perturbation perturbation() {
    return request
        .parts()
        .perturbation()
        .orElse(subject.hasWeights() ? new Perturbation.Infilling() : new Perturbation.Deletion());
  }

  private List<Integer> strongest(Cutting.Cut cut, Phi phi) {
    return Curve.falling(phi.first()).stream()
        .limit(request.parts().refine())
        .map(player -> cut.text().players().get(player))
        .toList();
  }

  private Phi phi(Game game, UnitText text, Optional<InputGradients> gradients) {
    int players = game.players();
    Method method = method(players);
    return switch (method) {
      case SHAPLEY -> of(game, method, ShapleyValues.exact(players));
      case L_SHAP -> of(game, method, ShapleyValues.local(players, request.scores().radius()));
      case L_SHAP_TRUNCATED ->
          of(game, method, ShapleyValues.truncated(players, request.scores().radius(), 2));
      case LEAVE_ONE_OUT -> of(game, method, ShapleyValues.leaveOneOut(players));
      case C_LIME -> lime(game, run.seed());
      case GRADIENT_INPUT, INTEGRATED_GRADIENTS, ROLLOUT ->
          new Phi(method, column(gradients.orElseThrow().of(method, text)), Double.NaN);
    };
  }

  private Phi lime(Game game, long seed) {
    LocalLime lime = LocalLime.of(game.players(), request.scores().factor(), seed);
    LocalLime.Fitted fitted =
        request.scores().nonzeros().isPresent()
            ? lime.sparse(game, request.scores().nonzeros().getAsInt(), true)
            : lime.dense(game, request.scores().ridge());
    return new Phi(Method.C_LIME, fitted.phi(), fitted.explained());
  }

  private static Phi of(Game game, Method method, ShapleyValues values) {
    double[][] phi = values.of(game);
    return new Phi(method, phi, game.explained(phi));
  }

  private static double[][] column(double[] values) {
    return Arrays.stream(values).mapToObj(value -> new double[] {value}).toArray(double[][]::new);
  }

  private List<UnitScore> units(Cutting.Cut cut, UnitText text, Phi phi, int tokens) {
    List<UnitScore> units = new ArrayList<>();
    for (int i = 0; i < cut.text().units().size(); i++) {
      Unit unit = cut.text().units().get(i);
      int player = cut.text().players().indexOf(i);
      double[] own = player < 0 ? new double[] {0} : phi.values()[player];
      boolean byToken = player >= 0 && own.length == tokens + 1 && tokens > 0;
      units.add(
          new UnitScore(
              unit.start(),
              unit.end(),
              unit.of(cut.text().text()),
              unit.level().word(),
              cut.parents().get(i),
              player < 0,
              player < 0 || text.substitutes().isEmpty() ? "" : text.substitutes().get(player),
              own[0],
              byToken ? Arrays.stream(own, 1, own.length).boxed().toList() : List.of()));
    }
    return units;
  }

  /** The order of the scores beside that of the gradient and random ones, half of each. */
  private List<Removal> removals(
      Game game, UnitText text, Phi phi, Optional<InputGradients> gradients) {
    int players = game.players();
    if (request.draws() == 0 || players < 2) {
      return List.of();
    }
    List<List<Integer>> orders = new ArrayList<>(List.of(Curve.falling(phi.first())));
    gradients.ifPresent(each -> orders.add(Curve.falling(each.of(Method.GRADIENT_INPUT, text))));
    int named = orders.size();
    Random random = new Random(run.seed());
    List<Integer> shuffled = new ArrayList<>(IntStream.range(0, players).boxed().toList());
    for (int draw = 0; draw < request.draws(); draw++) {
      Collections.shuffle(shuffled, random);
      orders.add(List.copyOf(shuffled));
    }
    Set<Removed> sets = new LinkedHashSet<>();
    int half = (players + 1) / 2;
    orders.forEach(order -> sets.addAll(Curve.sets(order.subList(0, half))));
    game.prepare(sets);
    List<Removal> removals = new ArrayList<>();
    List<Double> drops = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      Curve curve = Curve.of(game, orders.get(i).subList(0, half));
      if (i < named) {
        removals.add(
            new Removal(
                i == 0 ? phi.method().words() : Method.GRADIENT_INPUT.words(),
                curve.values(),
                dropOverTokens(game, curve)));
      } else {
        drops.add(curve.meanDrop());
      }
    }
    double[] random5 = drops.stream().mapToDouble(Double::doubleValue).toArray();
    removals.add(new Removal("random", List.of(), Mean.bootstrap(random5, LEVEL, run.seed())));
    return removals;
  }

  /**
   * The mean drop, with the bootstrap's interval over the answer's tokens where they have columns.
   */
  private Estimate dropOverTokens(Game game, Curve curve) {
    int columns = game.columns(Removed.NONE).length;
    if (columns > 2) {
      double[] drops = new double[columns - 1];
      for (int c = 1; c < columns; c++) {
        drops[c - 1] = curve.column(game, c).meanDrop();
      }
      if (Arrays.stream(drops).allMatch(Double::isFinite)) {
        Estimate mean = Mean.bootstrap(drops, LEVEL, run.seed());
        return mean.in("nats, bootstrap over %d tokens".formatted(drops.length));
      }
    }
    return Estimate.exactly(curve.meanDrop(), unit());
  }

  private String unit() {
    return request.answer().measure() == Measure.LOG_PROBABILITY ? "nats" : "of 1";
  }

  private List<Evidence> evidence(Cutting.Cut cut, Game game, Phi phi, List<Removal> removals) {
    List<Evidence> evidence = new ArrayList<>();
    String level = cut.level().word();
    if (!removals.isEmpty()) {
      Removal own = removals.getFirst();
      Removal random = removals.getLast();
      String others =
          String.format(
              Locale.ROOT,
              "%s; %d random orders %.3f",
              removals.size() == 3
                  ? String.format(
                      Locale.ROOT, "by gradient × input %.3f", removals.get(1).drop().value())
                  : "mean over the first half of the units",
              request.draws(),
              random.drop().value());
      evidence.add(
          Evidence.atLeast(
              random.drop().value(),
              "Leaving out the first half in the order of the scores lowers the value more than in random orders (%s level)"
                  .formatted(level),
              Support.INTERVENED,
              own.drop(),
              others));
    }
    if (!Double.isNaN(phi.explained())) {
      evidence.add(
          Evidence.noted(
              "R² of the sum of scores as a prediction of the texts scored (%s level)"
                  .formatted(level),
              Support.INTERVENED,
              Estimate.exactly(phi.explained(), ""),
              phi.explained() < 0.5 ? "units act together: their scores alone tell little" : ""));
    }
    if (phi.method() == Method.C_LIME && request.draws() > 0 && isSampled(game.players())) {
      evidence.add(
          Evidence.noted(
              "The scores agree with those of another seed (%s level)".formatted(level),
              Support.OBSERVED,
              RankCorrelation.spearman(phi.first(), lime(game, run.seed() + 1).first(), LEVEL),
              ""));
    }
    if (evidence.isEmpty()) {
      evidence.add(
          Evidence.noted(
              "Value of the whole prompt (%s level)".formatted(level),
              Support.OBSERVED,
              Estimate.exactly(game.value(Removed.NONE), unit()),
              ""));
    }
    return evidence;
  }

  private boolean isSampled(int players) {
    LocalLime lime = LocalLime.of(players, request.scores().factor(), 0);
    return lime.sets().size() < 1 + players + players * (players - 1) / 2;
  }

  private List<String> caveats(boolean isBroken) {
    List<String> caveats = new ArrayList<>(subject.caveats());
    caveats.add(
        switch (perturbation()) {
          case Perturbation.Deletion _ ->
              "Units are deleted and the rest is joined again: the text may read unlike what the"
                  + " model was trained on.";
          case Perturbation.Replacement replacement ->
              "Units are replaced by “%s”: the model may never have read such text."
                  .formatted(replacement.text());
          case Perturbation.Infilling _ ->
              "Units are replaced by the model's own continuation of the text before them: one that"
                  + " the model expects there scores 0, whether or not the answer needs it.";
        });
    if (request.answer().target().isEmpty()) {
      caveats.add(
          "The answer is the model's own, of at most %d tokens (`maxTokens`)."
              .formatted(request.answer().maxTokens()));
    }
    request.answer().embedding().flatMap(EmbeddingModel::caveat).ifPresent(caveats::add);
    if (isBroken) {
      caveats.add(
          "Where a text ends so that the answer's first token is another one, the scores by token"
              + " are undefined.");
    }
    return caveats;
  }
}

package dev.loupe.instrument.influence;

import dev.loupe.Loupe;
import dev.loupe.file.JsonText;
import dev.loupe.job.Run;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Settings of influence that were tried, each with its linear datamodelling score: {@code
 * InfluenceTries MODEL CORPUS QUESTIONS FACTS SHARE FOLDER [TRY…]}. FOLDER is that of {@code loupe
 * influence validate} with its defaults, whose trainings on random halves judge; scores are kept in
 * {@code FOLDER/tries}, so that a run that was stopped resumes. Prints name, score and interval,
 * separated by commas; then the recall of pre-selections among the ten documents of largest
 * influence.
 */
public final class InfluenceTries {
  private static final double[] DAMPINGS = {0.001, 0.01, 0.1, 1, 10};
  private static final List<Integer> ITERATIONS = List.of(1, 2, 5, 10);

  private final Validation validation;
  private final Path kept;
  private final Run run = Run.silent(0);
  private final List<Sequence> documents;
  private final List<Sequence> queries;

  private InfluenceTries(Validation validation, Path kept) {
    this.validation = validation;
    this.kept = kept;
    this.documents = validation.documents();
    List<TaughtQuestion> candidates = validation.candidates();
    train(0, null);
    this.queries = validation.asked(candidates).stream().map(Validation.Asked::query).toList();
  }

  public static void main(String[] arguments) throws IOException {
    Engine.useThreads(1);
    Path folder = Path.of(arguments[5]);
    Path kept = Files.createDirectories(folder.resolve("tries"));
    ValidateRequest usual =
        ValidateRequest.of(Path.of(arguments[1]), Path.of(arguments[2]), folder);
    ValidateRequest request =
        new ValidateRequest(
            usual.corpus(),
            usual.questions(),
            Optional.of(Path.of(arguments[3])),
            folder,
            Double.parseDouble(arguments[4]),
            usual.most(),
            usual.subsets(),
            usual.repeats(),
            0,
            usual.removed(),
            false,
            0,
            usual.refineDamping(),
            Optional.empty(),
            usual.training());
    try (LanguageModel model = Loupe.open(arguments[0]);
        Validation validation = new Validation(request, Loupe.subject(model), Run.silent(0))) {
      InfluenceTries tries = new InfluenceTries(validation, kept);
      List<String> asked = List.of(arguments).subList(6, arguments.length);
      for (String each : asked) {
        tries.make(each);
      }
      if (asked.isEmpty()) {
        tries.judge(folder);
        tries.filters();
      }
    }
  }

  /** Trains on all documents. */
  private void train(long order, @Nullable TrainingPath path) {
    validation
        .tuning()
        .run(
            validation.everything(),
            order,
            () -> {},
            (_, rates) -> {
              if (path != null) {
                path.add(validation.tuning(), rates);
              }
            });
  }

  private void make(String what) throws IOException {
    String[] parts = what.split(":", -1);
    switch (parts[0]) {
      case "damping" -> dampings(false, false);
      case "empirical" -> dampings(true, false);
      case "attention" -> dampings(false, true);
      case "order" -> {
        train(Long.parseLong(parts[1]), null);
        try (SequenceGradients network = validation.tuning().network()) {
          direct("order " + parts[1], network, false, false, new double[] {0.1});
        }
        train(0, null);
      }
      case "epochs" -> {
        try (TrainingPath path = new TrainingPath()) {
          train(0, path);
          List<BlockMap> maps;
          try (SequenceGradients network = validation.tuning().network()) {
            maps = Networks.maps(network, false);
          }
          write("SOURCE", path.unrolled(maps, documents, queries, run));
          write("TracIn", path.dots(maps, documents, queries, run));
          int epoch = 0;
          for (TrainingPath.Checkpoint each : path.checkpoints()) {
            direct("epoch " + ++epoch, each.network(), false, false, new double[] {0.1});
          }
        }
      }
      // cg:DAMPING:DOCUMENTS:ITERATIONS
      case "cg" ->
          refined(
              Double.parseDouble(parts[1]), Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
      default -> throw new IllegalArgumentException(what);
    }
  }

  private void dampings(boolean empirical, boolean attention) throws IOException {
    try (SequenceGradients network = validation.tuning().network()) {
      direct(
          empirical ? "own labels" : attention ? "with attention" : "EK-FAC",
          network,
          empirical,
          attention,
          DAMPINGS);
    }
  }

  /** EK-FAC's scores with several dampings, by one fit. */
  private void direct(
      String name,
      SequenceGradients network,
      boolean empirical,
      boolean attention,
      double[] dampings)
      throws IOException {
    List<BlockMap> maps = Networks.maps(network, attention);
    Map<BlockMap, MapFactors> factors =
        CurvatureFit.of(network, documents, empirical, 0).factors(maps, run);
    try (var _ = NativeScope.open()) {
      Scorer scorer = new Scorer(network);
      Map<BlockMap, Tensor> gradients = scorer.gradients(queries, maps, run);
      Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
      factors.forEach((map, of) -> {
        List<Tensor> each = new ArrayList<>();
        for (double damping : dampings) {
          each.add(
              of.inverses(CurvatureFit.of(gradients, map), 10 * damping * of.heuristicDamping()));
        }
        directions.put(map, Tensor.cat(each, 0));
      });
      Scorer.Scores scores = scorer.score(documents, directions, run);
      for (int d = 0; d < dampings.length; d++) {
        write(name + ", damping " + dampings[d], scores, d);
      }
    } finally {
      factors.values().forEach(MapFactors::close);
    }
  }

  private void refined(double damping, int over, int iterations) throws IOException {
    List<Sequence> some = new ArrayList<>(documents);
    Collections.shuffle(some, new Random(0));
    some = some.subList(0, Math.min(over, some.size()));
    try (SequenceGradients network = validation.tuning().network()) {
      List<BlockMap> maps = Networks.maps(network, false);
      Map<BlockMap, MapFactors> factors =
          CurvatureFit.of(network, documents, false, 0).factors(maps, run);
      try (var _ = NativeScope.open()) {
        Scorer scorer = new Scorer(network);
        Map<BlockMap, Tensor> gradients = scorer.gradients(queries, maps, run);
        Map<BlockMap, Double> dampings = new LinkedHashMap<>();
        factors.forEach((map, of) -> dampings.put(map, 10 * damping * of.heuristicDamping()));
        Map<BlockMap, List<Tensor>> each = new LinkedHashMap<>();
        List<Integer> reached = new ArrayList<>();
        ConjugateGradients.Solution found =
            new ConjugateGradients(network, some, factors, dampings)
                .solve(
                    gradients,
                    iterations,
                    DocumentRanking.TOLERANCE,
                    run,
                    (products, made) -> {
                      System.err.println("iteration " + made);
                      if (ITERATIONS.contains(made)) {
                        reached.add(made);
                        products.forEach((map, product) ->
                            each.computeIfAbsent(map, _ -> new ArrayList<>())
                                .add(product.copy().retain()));
                      }
                    });
        System.err.println("residual " + found.worst());
        Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
        each.forEach((map, all) -> directions.put(map, Tensor.cat(all, 0)));
        Scorer.Scores scores = scorer.score(documents, directions, run);
        for (int i = 0; i < reached.size(); i++) {
          write(
              "CG over %d documents, damping %s, %d iterations"
                  .formatted(some.size(), damping, reached.get(i)),
              scores,
              i);
        }
      } finally {
        factors.values().forEach(MapFactors::close);
      }
    }
  }

  private void write(String name, Scorer.Scores scores, int part) throws IOException {
    double[][] table = new double[queries.size()][documents.size()];
    for (int q = 0; q < table.length; q++) {
      for (int n = 0; n < table[q].length; n++) {
        table[q][n] = scores.total(n, part * queries.size() + q);
      }
    }
    write(name, table);
  }

  private void write(String name, double[][] table) throws IOException {
    Files.writeString(
        kept.resolve(name.replace('/', '-') + ".json"),
        JsonText.mapper().writeValueAsString(table));
  }

  /** Of the ten documents of largest influence, those that a pre-selection has. */
  private void filters() throws IOException {
    double[][] influence = table(kept.resolve("EK-FAC, damping 0.1.json"));
    Map<String, double[][]> filters = new LinkedHashMap<>();
    filters.put("BM25", Baselines.bm25(documents, queries));
    try (Transformer model = validation.tuning().transformer()) {
      filters.put("embedding", Baselines.similarity(model, documents, queries, run));
    }
    for (var filter : filters.entrySet()) {
      for (int candidates : new int[] {25, 50, 100, 200, 400}) {
        long hits = 0;
        for (int q = 0; q < queries.size(); q++) {
          Set<Integer> selected = first(filter.getValue()[q], candidates);
          hits += first(influence[q], 10).stream().filter(selected::contains).count();
        }
        Estimate recall = Proportion.wilson(hits, 10L * queries.size(), 0.95);
        System.out.printf(
            Locale.ROOT,
            "\"%s, %d of %d\",%.3f,%.3f,%.3f%n",
            filter.getKey(),
            candidates,
            documents.size(),
            recall.value(),
            recall.low(),
            recall.high());
      }
    }
  }

  private static Set<Integer> first(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(n -> -scores[n]))
        .limit(count)
        .collect(Collectors.toSet());
  }

  private void judge(Path folder) throws IOException {
    Retrainings retrainings =
        new Retrainings(folder, validation.tuning(), queries, validation.settings(queries));
    List<BitSet> halves = validation.halves();
    double[][] losses = validation.losses(retrainings, halves)[0];
    Map<String, double[][]> tables = new LinkedHashMap<>();
    try (var files = Files.list(kept)) {
      for (Path file : files.sorted().toList()) {
        tables.put(String.valueOf(file.getFileName()).replace(".json", ""), table(file));
      }
    }
    averaged(tables, "epoch ", "mean over epochs");
    averaged(tables, "order ", "mean over orders");
    tables.forEach((name, table) -> {
      Estimate score = new DataModelScore(table, halves, losses).mean(0.95, 0);
      System.out.printf(
          Locale.ROOT, "\"%s\",%.3f,%.3f,%.3f%n", name, score.value(), score.low(), score.high());
    });
  }

  /** The mean of those whose names start alike, each by its own mean size. */
  private static void averaged(Map<String, double[][]> tables, String start, String name) {
    List<double[][]> some =
        tables.entrySet().stream()
            .filter(each -> each.getKey().startsWith(start))
            .map(Map.Entry::getValue)
            .toList();
    if (some.isEmpty()) {
      return;
    }
    double[][] mean = new double[some.getFirst().length][some.getFirst()[0].length];
    for (double[][] each : some) {
      for (int q = 0; q < mean.length; q++) {
        for (int n = 0; n < mean[q].length; n++) {
          mean[q][n] += each[q][n];
        }
      }
    }
    tables.put(name, mean);
  }

  private static double[][] table(Path file) throws IOException {
    JsonNode root = JsonText.read(file);
    return IntStream.range(0, root.size())
        .mapToObj(q ->
            IntStream.range(0, root.get(q).size())
                .mapToDouble(n -> root.get(q).get(n).asDouble())
                .toArray())
        .toArray(double[][]::new);
  }
}

package dev.loupe.bench;

import dev.loupe.audit.AnswerFile;
import dev.loupe.audit.AnswerOptions;
import dev.loupe.audit.AnswerTally;
import dev.loupe.audit.Leaderboard;
import dev.loupe.statistics.Bootstrap;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Auditing a log of 100,000 answers of either tool, and the BCa interval of 10,000 resamples of
 * 10,000 items; one JSON line a measurement, the first of each in a cold JVM. Run it with {@code
 * -Xmx512m}.
 */
public final class AuditSpeed {
  private static final int ANSWERS = 100_000;
  private static final int ITEMS = 10_000;
  private static final int REPEATS = 3;

  private AuditSpeed() {}

  /** Argument: a folder for the logs. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    Path samples = folder.resolve("samples_bench_2026-01-01T00-00-00.000000.jsonl");
    Path inspect = folder.resolve("inspect.json");
    lmEval(samples);
    inspect(inspect);
    for (int i = 0; i < REPEATS; i++) {
      report("lm-evaluation-harness, 100,000 answers", () -> audit(samples));
      report("Inspect, 100,000 answers", () -> audit(inspect));
      report("BCa of 10,000 over 10,000", AuditSpeed::bca);
    }
  }

  private static void report(String what, Runnable work) {
    long began = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - began) / 1e9;
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        Locale.ROOT,
        "{\"what\": \"%s\", \"seconds\": %.3f, \"usedMegabytes\": %d, \"mostMegabytes\": %d}%n",
        what,
        seconds,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20,
        runtime.maxMemory() >> 20);
  }

  private static void audit(Path file) {
    AnswerTally tally = new AnswerTally();
    var _ = AnswerFile.read(file, AnswerOptions.usual(), tally::add);
    Leaderboard board = tally.leaderboard(List.of(0.0, 0.5, 0.75, 0.9), 0.95, 1);
    if (board.answers() != ANSWERS) {
      throw new IllegalStateException("read " + board.answers());
    }
  }

  private static void bca() {
    Random random = new Random(1);
    double[] scores = new double[ITEMS];
    Arrays.setAll(scores, _ -> random.nextInt(3) - 1);
    ToDoubleFunction<int[]> mean =
        drawn -> {
          double sum = 0;
          for (int each : drawn) {
            sum += scores[each];
          }
          return sum / drawn.length;
        };
    Bootstrap.Bca found =
        Bootstrap.bca(
            Arrays.stream(scores).average().orElseThrow(),
            Bootstrap.resample(ITEMS, ITEMS, 1, mean),
            Bootstrap.jackknife(ITEMS, mean),
            0.95);
    if (!found.interval().isDefined()) {
      throw new IllegalStateException("no interval");
    }
  }

  private static void lmEval(Path file) throws IOException {
    Random random = new Random(2);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < ANSWERS; i++) {
        out.write(
            ("{\"doc_id\": %d, \"doc\": {\"question\": \"What is the birthday of P%d? Answer DD-MM, or IDK.\","
                    + " \"answer\": \"11-03\"}, \"target\": \"11-03\", \"arguments\": {\"gen_args_0\": {\"arg_0\":"
                    + " \"What is the birthday of P%d? Answer DD-MM, or IDK.\", \"arg_1\": {\"until\": [\"\\n\"],"
                    + " \"do_sample\": false, \"temperature\": 0.0}}}, \"resps\": [[\"01-01\\n\"]],"
                    + " \"filtered_resps\": [\"%s\"], \"filter\": \"none\", \"metrics\": [\"exact_match\"],"
                    + " \"exact_match\": %s}\n")
                .formatted(
                    i, i, i, random.nextBoolean() ? "01-01" : "IDK", i % 3 == 0 ? "1.0" : "0.0"));
      }
    }
  }

  private static void inspect(Path file) throws IOException {
    Random random = new Random(3);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(
          "{\"version\": 2, \"status\": \"success\", \"eval\": {\"model\": \"m\"}, \"samples\": [\n");
      for (int i = 0; i < ANSWERS; i++) {
        out.write(
            ("{\"id\": %d, \"epoch\": 1, \"input\": \"What is the birthday of P%d?\", \"target\": \"11-03\","
                    + " \"messages\": [{\"role\": \"user\", \"content\": \"What is the birthday of P%d?\"}],"
                    + " \"output\": {\"completion\": \"01-01\"}, \"scores\": {\"match\": {\"value\": \"%s\","
                    + " \"metadata\": {\"confidence\": %.3f}}}, \"metadata\": {\"category\": \"c%d\"}}%s\n")
                .formatted(
                    i,
                    i,
                    i,
                    random.nextInt(3) == 0 ? "C" : "I",
                    random.nextDouble(),
                    i % 7,
                    i == ANSWERS - 1 ? "" : ","));
      }
      out.write("]}\n");
    }
  }
}

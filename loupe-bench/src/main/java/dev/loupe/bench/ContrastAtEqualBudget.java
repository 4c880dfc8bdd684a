package dev.loupe.bench;

import dev.loupe.Loupe;
import dev.loupe.instrument.explain.Contrast;
import dev.loupe.instrument.explain.ContrastReport;
import dev.loupe.instrument.explain.ContrastRequest;
import dev.loupe.instrument.explain.EditSearch;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.job.FigureLog;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The other searches beside CELL with as many edited prompts as it made, on the Almanac's
 * questions: {@code ContrastAtEqualBudget MODEL PROMPTS SEEDS FOLDER}. Every prompt is searched by
 * CELL with the seeds 1 to SEEDS. Results are kept in FOLDER, so that a run that was stopped
 * resumes. Prints how often each search finds a contrast at least as strong, by seed and over all
 * seeds.
 */
public final class ContrastAtEqualBudget {
  private static final int BUDGET = 40;
  private static final int RADIUS = 5;
  private static final int WORDS = 3;
  private static final int TOKENS = 8;
  private static final int FEWEST_WORDS = 6;
  private static final long SHUFFLE = 3;
  private static final double LEVEL = 0.95;

  /**
   * One prompt with one seed of CELL: sizes of the strongest scores.
   *
   * @param words that CELL's best edit changed
   * @param visits that CELL made: the budget of the others
   * @param repeated of them, of a text scored before
   * @param sameWords best first, at most as many words as CELL's best edit
   * @param threeWords best first, at most three words
   */
  private record Compared(
      String prompt,
      int seed,
      double cell,
      int words,
      int visits,
      int repeated,
      double sameWords,
      double threeWords,
      double mcell) {}

  private ContrastAtEqualBudget() {}

  public static void main(String[] arguments) throws IOException {
    Engine.useThreads(1);
    int seeds = Integer.parseInt(arguments[2]);
    Path folder = Files.createDirectories(Path.of(arguments[3]));
    List<String> prompts = prompts(Integer.parseInt(arguments[1]));
    FigureLog<Compared> log =
        FigureLog.open(
            folder.resolve("searches.jsonl"),
            "searches at equal budget, " + arguments[0],
            Compared.class,
            each -> id(each.prompt(), each.seed()));
    try (LanguageModel model = Loupe.open(arguments[0])) {
      for (int i = 0; i < prompts.size(); i++) {
        for (int seed = 1; seed <= seeds; seed++) {
          if (log.find(id(prompts.get(i), seed)).isEmpty()) {
            // One file a prompt, so that no edit is scored twice.
            log.add(compared(model, prompts.get(i), seed, folder.resolve(i + ".jsonl")));
          }
        }
      }
    }
    List<List<Compared>> byPrompt =
        prompts.stream()
            .map(prompt ->
                IntStream.rangeClosed(1, seeds)
                    .mapToObj(seed -> log.find(id(prompt, seed)))
                    .flatMap(Optional::stream)
                    .toList())
            .toList();
    print("best first, at most as many words as CELL", byPrompt, seeds, Compared::sameWords);
    print("best first, at most three words", byPrompt, seeds, Compared::threeWords);
    print("mCELL", byPrompt, seeds, Compared::mcell);
    List<Compared> all = byPrompt.stream().flatMap(List::stream).toList();
    System.out.printf(
        Locale.ROOT,
        "CELL: %d visits, of which repeated %d; %.2f words changed%n",
        all.stream().mapToInt(Compared::visits).sum(),
        all.stream().mapToInt(Compared::repeated).sum(),
        all.stream().mapToInt(Compared::words).average().orElse(Double.NaN));
  }

  private static String id(String prompt, int seed) {
    return prompt + "#" + seed;
  }

  private static Compared compared(LanguageModel model, String prompt, int seed, Path scores) {
    ContrastReport cell = ask(model, prompt, EditSearch.CELL, BUDGET, WORDS, seed, scores);
    int made = cell.visits().size();
    int changed = changed(cell);
    long distinct = cell.visits().stream().map(ContrastReport.Edit::text).distinct().count();
    return new Compared(
        prompt,
        seed,
        Math.abs(cell.score()),
        changed,
        made,
        (int) (made - distinct),
        size(ask(model, prompt, EditSearch.BEST_FIRST, made, changed, seed, scores)),
        size(ask(model, prompt, EditSearch.BEST_FIRST, made, WORDS, seed, scores)),
        size(ask(model, prompt, EditSearch.MCELL, made, WORDS, seed, scores)));
  }

  private static double size(ContrastReport report) {
    return Math.abs(report.score());
  }

  private static void print(
      String search, List<List<Compared>> byPrompt, int seeds, ToDoubleFunction<Compared> own) {
    long[] trials = byPrompt.stream().mapToLong(List::size).toArray();
    Estimate all =
        ClusteredShare.of(
                byPrompt.stream().mapToLong(each -> asStrong(each, own)).toArray(), trials)
            .estimate(LEVEL);
    long stronger =
        byPrompt.stream()
            .flatMap(List::stream)
            .filter(each -> own.applyAsDouble(each) > each.cell())
            .count();
    System.out.printf(
        Locale.ROOT,
        "%s: at least as strong %.3f [%.3f, %.3f] (%s), stronger %d%n",
        search,
        all.value(),
        all.low(),
        all.high(),
        all.unit(),
        stronger);
    for (int seed = 1; seed <= seeds; seed++) {
      int number = seed;
      List<Compared> ofSeed =
          byPrompt.stream().flatMap(List::stream).filter(each -> each.seed() == number).toList();
      Estimate share = Proportion.wilson(asStrong(ofSeed, own), ofSeed.size(), LEVEL);
      System.out.printf(
          Locale.ROOT,
          "  seed %d: %.3f [%.3f, %.3f]%n",
          seed,
          share.value(),
          share.low(),
          share.high());
    }
  }

  private static long asStrong(List<Compared> all, ToDoubleFunction<Compared> own) {
    return all.stream().filter(each -> own.applyAsDouble(each) >= each.cell()).count();
  }

  /** Questions of two and three hops, at most half of them of one task. */
  private static List<String> prompts(int most) {
    Map<String, Integer> seen = new HashMap<>();
    List<String> prompts = new ArrayList<>();
    for (Question question : Truth.of(World.of(7, 1)).questions()) {
      if (question.task().contains("hop")
          && question.turns().isEmpty()
          && question.prompt().split(" ").length >= FEWEST_WORDS
          && seen.merge(question.task(), 1, Integer::sum) <= most / 2) {
        prompts.add(question.prompt());
      }
    }
    Collections.shuffle(prompts, new Random(SHUFFLE));
    return prompts.subList(0, Math.min(most, prompts.size()));
  }

  private static ContrastReport ask(
      LanguageModel model,
      String prompt,
      EditSearch search,
      int budget,
      int mostWords,
      long seed,
      Path scores) {
    ContrastRequest request =
        new ContrastRequest(
            prompt,
            false,
            Measure.LOG_PROBABILITY,
            search,
            budget,
            RADIUS,
            mostWords,
            Double.MAX_VALUE,
            TOKENS,
            Optional.empty(),
            Optional.empty(),
            Optional.of(scores));
    return new Contrast().ask(request, Loupe.subject(model), Run.silent(seed)).answer();
  }

  private static int changed(ContrastReport report) {
    ContrastReport.Edit best = report.visits().getFirst();
    for (ContrastReport.Edit each : report.visits()) {
      best = Math.abs(each.score()) > Math.abs(best.score()) ? each : best;
    }
    return best.changed().size();
  }
}

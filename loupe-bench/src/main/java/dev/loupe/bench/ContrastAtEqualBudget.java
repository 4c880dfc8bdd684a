package dev.loupe.bench;

import dev.loupe.Loupe;
import dev.loupe.instrument.explain.Contrast;
import dev.loupe.instrument.explain.ContrastReport;
import dev.loupe.instrument.explain.ContrastRequest;
import dev.loupe.instrument.explain.EditSearch;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The other searches beside CELL with as many edited prompts as it made, on the Almanac's
 * questions: {@code ContrastAtEqualBudget MODEL PROMPTS}. Prints a line a prompt, then how often
 * each search finds a contrast at least as strong.
 */
public final class ContrastAtEqualBudget {
  private static final int BUDGET = 40;
  private static final int RADIUS = 5;
  private static final int WORDS = 3;
  private static final int TOKENS = 8;
  private static final int FEWEST_WORDS = 6;
  private static final long SHUFFLE = 3;
  private static final long SEED = 1;

  private static final class Tally {
    private int asStrong;
    private int stronger;
  }

  private ContrastAtEqualBudget() {}

  public static void main(String[] arguments) throws IOException {
    Engine.useThreads(1);
    Map<String, Tally> tallies = new LinkedHashMap<>();
    int prompts = 0;
    long visits = 0;
    long repeated = 0;
    long words = 0;
    try (LanguageModel model = Loupe.open(arguments[0])) {
      for (String prompt : prompts(Integer.parseInt(arguments[1]))) {
        // One file a prompt, so that no edit is scored twice.
        Path scores = Files.createTempFile("contrast", ".jsonl");
        Files.delete(scores);
        ContrastReport cell = ask(model, prompt, EditSearch.CELL, BUDGET, WORDS, SEED, scores);
        int made = cell.visits().size();
        int changed = changed(cell);
        Map<String, ContrastReport> others = new LinkedHashMap<>();
        others.put(
            "best first, at most as many words as CELL",
            ask(model, prompt, EditSearch.BEST_FIRST, made, changed, SEED, scores));
        others.put(
            "best first, at most %d words".formatted(WORDS),
            ask(model, prompt, EditSearch.BEST_FIRST, made, WORDS, SEED, scores));
        others.put("mCELL", ask(model, prompt, EditSearch.MCELL, made, WORDS, SEED, scores));
        others.put(
            "CELL with another seed",
            ask(model, prompt, EditSearch.CELL, BUDGET, WORDS, SEED + 1, scores));
        Files.deleteIfExists(scores);
        prompts++;
        visits += made;
        repeated += made - cell.visits().stream().map(ContrastReport.Edit::text).distinct().count();
        words += changed;
        StringBuilder line =
            new StringBuilder(
                String.format(
                    Locale.ROOT, "CELL %.3f (%d)", Math.abs(cell.score()), changed(cell)));
        others.forEach((search, other) -> {
          Tally tally = tallies.computeIfAbsent(search, _ -> new Tally());
          double own = Math.abs(other.score());
          tally.asStrong += own >= Math.abs(cell.score()) ? 1 : 0;
          tally.stronger += own > Math.abs(cell.score()) ? 1 : 0;
          line.append(String.format(Locale.ROOT, ", %s %.3f (%d)", search, own, changed(other)));
        });
        System.out.println(line);
      }
    }
    for (Map.Entry<String, Tally> each : tallies.entrySet()) {
      Estimate share = Proportion.wilson(each.getValue().asStrong, prompts, 0.95);
      System.out.printf(
          Locale.ROOT,
          "%s: at least as strong %d of %d, %.3f [%.3f, %.3f], stronger %d%n",
          each.getKey(),
          each.getValue().asStrong,
          prompts,
          share.value(),
          share.low(),
          share.high(),
          each.getValue().stronger);
    }
    System.out.printf(
        Locale.ROOT,
        "CELL: %d visits, of which repeated %d; %.2f words changed%n",
        visits,
        repeated,
        (double) words / prompts);
  }

  /** Questions of one and two hops, at most half of them of one task. */
  private static List<String> prompts(int most) {
    Map<String, Integer> seen = new HashMap<>();
    List<String> prompts = new ArrayList<>();
    for (Question question : Truth.of(World.of(7, 1)).questions()) {
      boolean isFact =
          Stream.of("hop", "fact", "one", "two").anyMatch(part -> question.task().contains(part));
      if (isFact
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

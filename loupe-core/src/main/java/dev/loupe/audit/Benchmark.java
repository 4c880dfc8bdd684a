package dev.loupe.audit;

import java.util.List;

/**
 * How a benchmark grades "I don't know" (Kalai et al. 2025, table 2 and appendix F).
 *
 * @param isBinary whether an answer is right or wrong and nothing else
 * @param abstentionCredit what "I don't know" earns: none or partial
 * @param hasJudgeModel whether a language model grades, which may let bluffs pass
 * @param leaderboards where it is ranked
 * @param note what else to know; may be empty
 */
public record Benchmark(
    String name,
    String scoring,
    boolean isBinary,
    String abstentionCredit,
    boolean hasJudgeModel,
    String leaderboards,
    String note) {
  /** Where all of it stands. */
  public static final String SOURCE =
      "Kalai, Nachum, Vempala, Zhang 2025, Table 2 and appendix F (arXiv:2509.04664v1)";

  private static final String CHOICE = "Multiple-choice accuracy";
  private static final String EQUIVALENCE = "Equivalence grading";
  private static final String HELM = "HELM Capabilities";
  private static final String OPEN = "Open LLM Leaderboard";
  private static final String BOTH = HELM + ", " + OPEN;

  /** The ten of the paper. */
  public static final List<Benchmark> ALL =
      List.of(
          binary("GPQA", CHOICE, false, BOTH, ""),
          binary("MMLU-Pro", CHOICE, false, BOTH, ""),
          binary(
              "IFEval",
              "Programmatic instruction verification",
              false,
              BOTH,
              "several binary sub-scores make one composite"),
          binary("Omni-MATH", EQUIVALENCE, true, HELM, ""),
          new Benchmark(
              "WildBench",
              "LM-graded rubric",
              false,
              "partial",
              true,
              HELM,
              "on its rubric from 1 to 10 an answer that does not help is 3 or 4, a fair one with"
                  + " hallucinations 5 or 6, so abstaining can still score below a hallucination"),
          binary("BBH", "Multiple-choice / exact match", false, OPEN, ""),
          binary("MATH (L5 split)", EQUIVALENCE, true, OPEN, ""),
          binary("MuSR", CHOICE, false, OPEN, ""),
          binary("SWE-bench", "Patch passes unit tests", false, "own leaderboard", ""),
          binary(
              "HLE",
              "Multiple-choice / equivalence grading",
              true,
              "own leaderboard (Scale AI)",
              "also reports a calibration error, which is no hallucination metric: all wrong at a"
                  + " confidence of 0 has none"));

  private static Benchmark binary(
      String name, String scoring, boolean hasJudge, String leaderboards, String note) {
    return new Benchmark(name, scoring, true, "none", hasJudge, leaderboards, note);
  }
}

/**
 * Does a model know, or guess? Recorded answers with abstention: {@link
 * dev.loupe.audit.GradeCounts} and {@link dev.loupe.audit.TargetScore} score them under confidence
 * targets, {@link dev.loupe.statistics.Reliability}, {@link dev.loupe.statistics.Forecasts} and
 * {@link dev.loupe.statistics.RiskCoverage} compare confidence with truth, {@link
 * dev.loupe.audit.FactCounts} and {@link dev.loupe.audit.HallucinationBound} hold the terms of
 * Kalai et al. 2025 (arXiv:2509.04664), {@link dev.loupe.audit.AnswerFile} reads the logs of
 * evaluation tools, {@link dev.loupe.audit.Leaderboard} ranks systems.
 *
 * <pre>{@code
 * AnswerTally tally = new AnswerTally();
 * AnswerFile.read(Path.of("answers.csv"), AnswerOptions.usual(), tally::add);
 * Leaderboard board = tally.leaderboard(List.of(0.0, 0.5, 0.75, 0.9), 0.95, 1);
 * }</pre>
 *
 * <p>May import: {@code fault}, {@code file}, {@code statistics}, {@code outcomes}, {@code corpus},
 * {@code tokenizer}, {@code model}.
 */
@NullMarked
package dev.loupe.audit;

import org.jspecify.annotations.NullMarked;

/**
 * Recorded outcomes of trials, such as attacks that succeeded or not, and what may be said of them:
 * {@link dev.loupe.outcomes.OutcomeFile} reads CSV or JSON lines, {@link
 * dev.loupe.outcomes.OutcomeTally} counts, {@link dev.loupe.outcomes.OutcomeReport} holds rates and
 * differences with their intervals, {@link dev.loupe.outcomes.ForestPlot} and {@link
 * dev.loupe.outcomes.ForestPage} draw them.
 *
 * <pre>{@code
 * OutcomeTally tally = new OutcomeTally();
 * OutcomeFile.read(Path.of("attacks.csv"), OutcomeColumns.usual(), tally::add);
 * OutcomeReport report = tally.report("attacks.csv", 0.95, Optional.empty());
 * }</pre>
 *
 * <p>May import: {@code fault}, {@code file}, {@code statistics}.
 */
@NullMarked
package dev.loupe.outcomes;

import org.jspecify.annotations.NullMarked;

/**
 * Numbers that say how sure they are. {@link dev.loupe.statistics.Estimate} is a value with its
 * interval. {@link dev.loupe.statistics.ProportionInterval} has the intervals of one share, {@link
 * dev.loupe.statistics.DifferenceInterval}, {@link dev.loupe.statistics.RiskRatioInterval} and
 * {@link dev.loupe.statistics.OddsRatioInterval} those of two independent ones, {@link
 * dev.loupe.statistics.PairedInterval} those of two on the same items; in each the first is the one
 * to use. {@link dev.loupe.statistics.ClusteredShare} and {@link
 * dev.loupe.statistics.ClusteredMean} are for trials that depend on each other, {@link
 * dev.loupe.statistics.Bootstrap} for any other statistic, {@link dev.loupe.statistics.Planning}
 * for how many trials it takes.
 *
 * <pre>{@code
 * Estimate success = Proportion.wilson(56, 70, 0.95); // 0.8, from 0.69 to 0.88
 * Interval apart = DifferenceInterval.NEWCOMBE.of(new Counts(56, 70), new Counts(48, 80), 0.95);
 * }</pre>
 *
 * <p>Distribution functions come from Apache Commons Statistics and Numbers; what is built of them
 * is our own and compared with outside reference values to 1e-9. May import: {@code fault}.
 */
@NullMarked
package dev.loupe.statistics;

import org.jspecify.annotations.NullMarked;

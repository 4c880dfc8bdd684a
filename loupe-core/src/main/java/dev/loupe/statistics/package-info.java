/**
 * Numbers that say how sure they are. {@link dev.loupe.statistics.Estimate} is a value with its
 * interval; {@link dev.loupe.statistics.Proportion} and {@link
 * dev.loupe.statistics.RankCorrelation} make them.
 *
 * <pre>{@code
 * Estimate success = Proportion.wilson(56, 70, 0.95); // 0.8, from 0.69 to 0.88
 * }</pre>
 *
 * <p>May import: the JDK only.
 */
@NullMarked
package dev.loupe.statistics;

import org.jspecify.annotations.NullMarked;

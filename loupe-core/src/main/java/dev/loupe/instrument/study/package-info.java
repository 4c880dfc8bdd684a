/**
 * {@code loupe study}: a complete published study as one command. {@link
 * dev.loupe.instrument.study.GreaterThan} is the greater-than task (Hanna et al. 2023) in features:
 * what the model does, which features at the last position carry the year there ({@code YearGraph},
 * {@code FeatureRanking}), what each does to the logits of the years ({@code Heatmap}, {@code
 * FeatureClass}), which heads and MLPs matter by path ({@code ComponentPatching}), and whether the
 * features do it when they are ablated ({@code GroupAblation}).
 *
 * <p>May import: dictionary, model, tokenizer, tensor, report, statistics, fault. Never another
 * instrument.
 */
@NullMarked
package dev.loupe.instrument.study;

import org.jspecify.annotations.NullMarked;

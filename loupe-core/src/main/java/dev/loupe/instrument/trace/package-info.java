/**
 * {@code loupe trace}: which parts of the model computed this answer. {@code TraceRequest} asks,
 * {@code Trace} answers with an {@link dev.loupe.instrument.trace.AttributionGraph} of host data
 * (circuit tracing, Ameisen et al. 2025) in the basis of the model's own MLP neurons or of a
 * dictionary.
 *
 * <p>The run is read once and held ({@link dev.loupe.model.run}), which makes everything between
 * two features linear; one sweep from the logits down chooses nodes and reads off their edges
 * exactly ({@code EdgeSweep}); what is not chosen is summed into remainder nodes.
 *
 * <p>May import: dictionary, geometry, model, tokenizer, tensor, report, statistics, fault. Never
 * another instrument.
 */
@NullMarked
package dev.loupe.instrument.trace;

import org.jspecify.annotations.NullMarked;

/**
 * The logit lens: what the stream would say if the model ended after each block.
 *
 * <p>May import: report, statistics, tensor, model, tokenizer, dictionary, job, fault.
 */
@NullMarked
package dev.loupe.instrument.lens;

import org.jspecify.annotations.NullMarked;

/**
 * The logit lens: what the model would say if it ended after each block.
 *
 * <p>May import: report, statistics, tensor, model, tokenizer, dictionary, job, fault.
 */
@NullMarked
package dev.loupe.instrument.lens;

import org.jspecify.annotations.NullMarked;

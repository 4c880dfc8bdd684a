/**
 * One room for each question that Loupe answers about a model; each knows the core and no other
 * instrument.
 *
 * <p>May import: report, statistics, tensor, model, tokenizer, fault.
 */
@NullMarked
package dev.loupe.instrument;

import org.jspecify.annotations.NullMarked;

/**
 * What a model is asked to do, as data: pairs of a clean and a corrupted prompt with a metric, and
 * which of them are held out. {@link dev.loupe.task.Task} is read from a file or made from
 * templates; {@link dev.loupe.task.TokenPair} is a pair in a model's tokens.
 *
 * <p>May import: tokenizer, model, file, fault.
 */
@NullMarked
package dev.loupe.task;

import org.jspecify.annotations.NullMarked;

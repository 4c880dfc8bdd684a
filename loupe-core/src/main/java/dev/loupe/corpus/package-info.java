/**
 * What models are trained on. {@link dev.loupe.corpus.TrainingRows} are documents as token rows of
 * one length.
 *
 * <p>May import: tokenizer, fault.
 */
@NullMarked
package dev.loupe.corpus;

import org.jspecify.annotations.NullMarked;

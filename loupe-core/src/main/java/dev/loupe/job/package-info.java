/**
 * How long work is watched, stopped, priced and kept: for an answer in a moment and for a training
 * over days alike. Knows nothing of models.
 *
 * <p>May import: fault, file.
 */
@NullMarked
package dev.loupe.job;

import org.jspecify.annotations.NullMarked;

/**
 * Progress, stopping, cost and saving of work: for an answer in seconds and for a training over
 * days. Knows nothing of models.
 *
 * <p>May import: fault, file.
 */
@NullMarked
package dev.loupe.job;

import org.jspecify.annotations.NullMarked;

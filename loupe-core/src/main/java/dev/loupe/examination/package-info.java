/**
 * Models and instruments compared with a world whose truth is known: answers to questions, and the
 * findings of an instrument beside ground truth.
 *
 * <p>May import: everything but the entry point.
 */
@NullMarked
package dev.loupe.examination;

import org.jspecify.annotations.NullMarked;

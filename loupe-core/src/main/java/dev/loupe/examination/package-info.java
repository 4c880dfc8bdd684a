/**
 * Models and instruments compared with a world whose truth is known: questions answered, and what
 * an instrument finds beside what is so.
 *
 * <p>May import: everything but the front door.
 */
@NullMarked
package dev.loupe.examination;

import org.jspecify.annotations.NullMarked;

/**
 * The one exception that Loupe's rooms raise on purpose: {@link dev.loupe.fault.LoupeException}
 * says what is wrong, where, and what to do, and its {@linkplain
 * dev.loupe.fault.LoupeException.Kind kind} decides the exit code of the command. {@link
 * dev.loupe.fault.FileFault} makes it of what a disk refuses.
 *
 * <p>May import: the JDK only. Every room may import it.
 */
@NullMarked
package dev.loupe.fault;

import org.jspecify.annotations.NullMarked;

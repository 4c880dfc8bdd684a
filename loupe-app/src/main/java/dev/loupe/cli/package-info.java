/**
 * The {@code loupe} command: parse, call the library, render; no maths. {@link dev.loupe.cli.Main}
 * starts it, {@link dev.loupe.cli.LoupeCommand} is the table of contents, and there is one class
 * for each subcommand. Commands write through {@link dev.loupe.cli.Terminal}, which knows whether a
 * person or a file is on the other end, and fail through {@link dev.loupe.cli.FailureHandler},
 * which turns every failure into one to four lines and an {@link dev.loupe.cli.ExitCode}.
 *
 * <p>May import: picocli and every room of the core.
 */
@NullMarked
package dev.loupe.cli;

import org.jspecify.annotations.NullMarked;

/**
 * The {@code loupe} command: parse, call the library, render; no maths. {@link dev.loupe.cli.Main}
 * starts it, {@link dev.loupe.cli.LoupeCommand} is the table of contents, and each command has a
 * room of its name, which knows {@code cli.terminal} (where it writes, and what a person sees) and
 * {@code cli.option} (what several commands share) and no other. {@link
 * dev.loupe.cli.FailureHandler} turns every failure into one to four lines and an exit code.
 *
 * <p>May import: picocli, its rooms, and every room of the core.
 */
@NullMarked
package dev.loupe.cli;

import org.jspecify.annotations.NullMarked;

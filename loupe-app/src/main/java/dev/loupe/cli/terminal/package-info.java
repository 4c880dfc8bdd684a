/**
 * What stands on a terminal: lines of a summary, progress, colours, Ctrl-C, exit codes, and the
 * files that a result goes to.
 *
 * <p>May import: picocli, and the core's {@code report}, {@code job}, {@code dictionary} and {@code
 * fault}; no other room of the command.
 */
@NullMarked
package dev.loupe.cli.terminal;

import org.jspecify.annotations.NullMarked;

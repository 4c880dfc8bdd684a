/**
 * {@code loupe circuit}: its options, and its lines for people.
 *
 * <p>May import: {@code cli.terminal}, {@code cli.option}, picocli, and every room of the core; no
 * other room of the command.
 */
@NullMarked
package dev.loupe.cli.circuit;

import org.jspecify.annotations.NullMarked;

/**
 * Options that several commands share, the opening of the model and the dictionary that they name,
 * and the one command of an instrument.
 *
 * <p>May import: {@code cli.terminal}, picocli, and every room of the core; no other room of the
 * command.
 */
@NullMarked
package dev.loupe.cli.option;

import org.jspecify.annotations.NullMarked;

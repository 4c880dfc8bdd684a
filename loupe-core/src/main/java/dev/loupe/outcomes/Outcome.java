package dev.loupe.outcomes;

import java.util.Optional;

/**
 * One trial.
 *
 * @param config what was tried, such as a defence or a model
 * @param category of the trial, empty if the file has none
 * @param success whether it succeeded
 * @param item what it was tried on; the same item under two configs makes a pair
 * @param cluster what other trials it may depend on, such as repeated tries of one item
 * @param place file and line, for messages
 */
public record Outcome(
    String config,
    String category,
    boolean success,
    Optional<String> item,
    Optional<String> cluster,
    String place) {}

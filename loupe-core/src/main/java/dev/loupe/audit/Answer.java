package dev.loupe.audit;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One recorded answer.
 *
 * @param system what answered, such as a model
 * @param item the question; the same under two systems makes a pair, twice under one a repetition
 * @param cluster what answers may depend on each other by, where it is not the item
 * @param confidence in the answer, from 0 to 1
 */
public record Answer(
    String system,
    Optional<String> item,
    Optional<String> cluster,
    Optional<String> category,
    Grade grade,
    OptionalDouble confidence) {}

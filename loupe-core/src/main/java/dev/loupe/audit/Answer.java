package dev.loupe.audit;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One recorded answer.
 *
 * @param system what answered, such as a model
 * @param item the question; the same under two systems makes a pair, twice under one a repetition
 * @param cluster what answers may depend on each other by, where it is not the item
 * @param category the section of the report that it belongs to
 * @param grade by the log, a matcher or a judge
 * @param label a person's grade of the same answer, from which the error of {@code grade} follows
 * @param text what was answered
 * @param confidence in the answer, from 0 to 1
 */
public record Answer(
    String system,
    Optional<String> item,
    Optional<String> cluster,
    Optional<String> category,
    Grade grade,
    Optional<Grade> label,
    Optional<String> text,
    OptionalDouble confidence) {}

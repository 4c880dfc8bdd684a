package dev.loupe.instrument.trace;

import java.util.OptionalInt;

/**
 * A head to explain.
 *
 * @param layer from 0
 * @param head query head, from 0
 * @param query position; the explained one when empty
 * @param key position; the most attended one when empty
 */
public record AttentionQuestion(int layer, int head, OptionalInt query, OptionalInt key) {}

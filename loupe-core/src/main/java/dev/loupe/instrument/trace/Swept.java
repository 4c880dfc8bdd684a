package dev.loupe.instrument.trace;

import java.util.List;

/**
 * What an {@link EdgeSweep} found.
 *
 * @param rows logits first, then features from the top layer down
 * @param listed listed features of each layer, their places of an {@link EdgeSource} rising
 * @param unlisted how many features each layer has besides at each position
 * @param stoppedByCount whether the most nodes were listed before the coverage was reached
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
record Swept(List<TargetRow> rows, int[][] listed, int[][] unlisted, boolean stoppedByCount) {}

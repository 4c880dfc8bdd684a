package dev.loupe.model;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the positions that have been run, {@code [batch, n_kv_heads, pos, d_head]} for
 * each layer, in storage that doubles when it is full. Owns native memory: close it.
 */
public final class KeyValueCache implements AutoCloseable {
  private final @Nullable Tensor[] keys;
  private final @Nullable Tensor[] values;
  private int length;
  private int expected;

  /** An empty cache for a model of that many layers. */
  public KeyValueCache(int layers) {
    this.keys = new @Nullable Tensor[layers];
    this.values = new @Nullable Tensor[layers];
  }

  /**
   * The first positions of this cache, which holds one sequence, for copies of it that part there.
   *
   * @param from first layer that the copies still run through
   * @param positions how many are shared
   * @param room positions that each copy may hold in all
   */
  public KeyValueCache forked(int from, int positions, int copies, int room) {
    KeyValueCache fork = new KeyValueCache(keys.length);
    for (int layer = from; layer < keys.length; layer++) {
      fork.keys[layer] = forked(keys[layer], positions, copies, room);
      fork.values[layer] = forked(values[layer], positions, copies, room);
    }
    fork.length = positions;
    fork.expected = expected;
    return fork;
  }

  private static Tensor forked(@Nullable Tensor store, int positions, int copies, int room) {
    if (store == null) {
      throw new IllegalStateException("nothing has been run into this cache");
    }
    try (var _ = NativeScope.open()) {
      Tensor fork =
          Tensor.empty(store.dtype(), copies, store.size(1), room, store.size(3)).retain();
      fork.slice(2, 0, positions).copyInPlace(store.slice(2, 0, positions)); // broadcast
      return fork;
    }
  }

  /** How many positions it holds. */
  public int length() {
    return length;
  }

  /**
   * Says how many positions the sequence will have at least: some models turn the keys of longer
   * sequences otherwise, from the first one on.
   */
  public void expect(int positions) {
    expected = Math.max(expected, positions);
  }

  /** How many positions the sequence has at least. */
  int expected() {
    return expected;
  }

  /**
   * Forgets the positions from {@code kept} on; what is run next continues there. A cache that
   * keeps none is as a new one.
   *
   * @throws IllegalArgumentException if it does not hold that many
   */
  public void truncate(int kept) {
    if (kept < 0 || kept > length) {
      throw new IllegalArgumentException(kept + " of " + length + " positions");
    }
    length = kept;
    expected = kept == 0 ? 0 : expected;
  }

  /** Appends and returns all keys of the layer so far. */
  Tensor appendKeys(int layer, Tensor added) {
    return append(keys, layer, added);
  }

  /** Appends and returns all values of the layer so far. */
  Tensor appendValues(int layer, Tensor added) {
    return append(values, layer, added);
  }

  /** The run over {@code added} positions is complete in every layer. */
  void advance(int added) {
    length += added;
  }

  private Tensor append(@Nullable Tensor[] stores, int layer, Tensor added) {
    int needed = length + added.size(2);
    Tensor store = stores[layer];
    if (store == null || store.size(2) < needed) {
      int capacity = Math.max(needed + 64, 2 * length);
      Tensor grown =
          Tensor.zeros(added.dtype(), added.size(0), added.size(1), capacity, added.size(3))
              .retain();
      if (store != null) {
        grown.slice(2, 0, length).copyInPlace(store.slice(2, 0, length));
        store.close();
      }
      stores[layer] = grown;
      store = grown;
    }
    store.slice(2, length, needed).copyInPlace(added);
    return store.slice(2, 0, needed);
  }

  @Override
  public void close() {
    release(keys);
    release(values);
    length = 0;
    expected = 0;
  }

  private static void release(@Nullable Tensor[] stores) {
    for (int layer = 0; layer < stores.length; layer++) {
      Tensor store = stores[layer];
      if (store != null) {
        store.close();
        stores[layer] = null;
      }
    }
  }
}

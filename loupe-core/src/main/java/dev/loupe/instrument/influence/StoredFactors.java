package dev.loupe.instrument.influence;

import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The factors of all maps of a fit, read together.
 *
 * @param byMap closed with this
 */
record StoredFactors(Map<BlockMap, MapFactors> byMap) implements AutoCloseable {
  static StoredFactors read(
      FitFolder folder, Collection<BlockMap> maps, SequenceGradients network) {
    StoredFactors found = new StoredFactors(new LinkedHashMap<>());
    boolean done = false;
    try {
      for (BlockMap map : maps) {
        found.byMap.put(map, folder.read(map, network.size(map), network.dtype()));
      }
      done = true;
      return found;
    } finally {
      if (!done) {
        found.close();
      }
    }
  }

  @Override
  public void close() {
    byMap.values().forEach(MapFactors::close);
  }
}

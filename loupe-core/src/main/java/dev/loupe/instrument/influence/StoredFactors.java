package dev.loupe.instrument.influence;

import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The factors of all maps of a fit, read together.
 *
 * @param byMap closed with this
 */
record StoredFactors(Map<BlockMap, MapFactors> byMap) implements AutoCloseable {
  static StoredFactors read(
      FitFolder folder, FitFolder.Description described, SequenceGradients network) {
    StoredFactors found = new StoredFactors(new LinkedHashMap<>());
    boolean done = false;
    try {
      int widest = described.identity().widest();
      for (BlockMap map : described.sha256().keySet()) {
        found.byMap.put(map, folder.read(map, network.size(map), widest, network.dtype()));
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

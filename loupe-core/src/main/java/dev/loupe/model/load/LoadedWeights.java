package dev.loupe.model.load;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.family.Family;
import dev.loupe.model.family.Parts;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** All weights at once, owned here together with the file in which some of them lie. */
final class LoadedWeights implements ModelWeights {
  private final WeightSource source;
  private final List<String> notes;
  private final List<Tensor> owned = new ArrayList<>();
  private final List<Layer> layers = new ArrayList<>();
  private final Ends ends;

  LoadedWeights(
      Family family, ModelConfig config, Settings settings, WeightSource source, DType dtype) {
    this.source = source;
    Parts parts = new Parts(source, dtype);
    boolean complete = false;
    try (var _ = NativeScope.open()) {
      ends = family.ends(config, settings, parts);
      ends.tensors().forEach(this::own);
      for (int layer = 0; layer < config.layers(); layer++) {
        Layer made = family.layer(config, settings, layer, parts).whole();
        made.tensors().forEach(this::own);
        layers.add(made);
      }
      notes = Notes.of(settings, family, source, config.layers(), dtype);
      complete = true;
    } finally {
      if (!complete) {
        owned.forEach(Tensor::close);
      }
    }
  }

  private void own(Tensor tensor) {
    owned.add(tensor.retain());
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public Ends ends() {
    return ends;
  }

  @Override
  public Layer layer(int layer) {
    return layers.get(layer);
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
    owned.clear();
    source.close();
  }
}

package dev.loupe.dictionary.training;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryInfo;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A trained dictionary with the scaling of inputs and outputs folded into its weights, so that it
 * reads and writes the model's own activations. Biases and thresholds are float32.
 */
final class FoldedDictionary implements TensorStore {
  private final Learner learner;
  private final List<Scaling> inputs;
  private final List<Scaling> outputs;
  private final DType dtype;
  private final List<Tensor> held = new ArrayList<>();

  private FoldedDictionary(
      Learner learner, List<Scaling> inputs, List<Scaling> outputs, DType dtype) {
    this.learner = learner;
    this.inputs = inputs;
    this.outputs = outputs;
    this.dtype = dtype;
  }

  /** A dictionary of its own memory, which its close frees. */
  static Dictionary of(
      Learner learner, List<Scaling> inputs, List<Scaling> outputs, DictionaryPlan.Result result) {
    FoldedDictionary folded = new FoldedDictionary(learner, inputs, outputs, result.dtype());
    List<DictionaryLayer> layers = new ArrayList<>();
    for (int source = 0; source < learner.layout().sources(); source++) {
      try (var _ = NativeScope.open()) {
        layers.add(folded.layer(source));
      }
    }
    DictionaryInfo info =
        new DictionaryInfo(
            "the dictionary of %d features".formatted(learner.state().values().features()),
            result.format(),
            Optional.of(result.modelName()),
            Optional.of(result.modelSha256()));
    return Dictionary.of(info, layers, List.of(folded));
  }

  private DictionaryLayer layer(int source) {
    Layout layout = learner.layout();
    DictionaryWeights values = learner.state().values();
    Scaling read = inputs.get(source);
    Tensor encoder = values.of(Part.ENCODER, source).times(read.factor());
    Tensor mean = read.meanLike(encoder);
    Tensor bias =
        values.of(Part.ENCODER_BIAS, source).minus(encoder.matmul(mean.unsqueeze(1)).squeeze(1));

    List<DictionaryLayer.Write> writes = new ArrayList<>();
    List<Tensor> directions = new ArrayList<>();
    for (int slot = 0; slot < layout.slots(source); slot++) {
      double factor = outputs.get(source + slot).factor();
      directions.add(values.decoder(source, slot).times(1 / factor));
    }
    // Files hold a feature's directions side by side.
    StoredTensor decoder = stored("W_dec", Tensor.stack(directions, 1).to(dtype));
    for (int slot = 0; slot < directions.size(); slot++) {
      writes.add(
          new DictionaryLayer.Write(
              layout.targets().get(source + slot), StoredRows.slotOf(decoder, slot)));
    }

    Scaling written = outputs.get(source);
    Tensor constant = written.undo(values.of(Part.OUTPUT_BIAS, source));
    Optional<StoredTensor> skip = Optional.empty();
    if (layout.skip()) {
      Tensor matrix =
          values.of(Part.SKIP, source).times(read.factor()).timesInPlace(1 / written.factor());
      constant = constant.minus(matrix.matmul(mean.unsqueeze(1)).squeeze(1));
      skip = Optional.of(stored("W_skip", matrix.to(DType.F32)));
    }
    return new DictionaryLayer(
        "the training",
        layout.reads().get(source),
        StoredRows.of(stored("W_enc", encoder.to(dtype))),
        stored("b_enc", bias.to(DType.F32)),
        false,
        selection(source),
        writes,
        stored("b_dec", constant.to(DType.F32)),
        skip);
  }

  private Selection selection(int source) {
    return switch (learner.sparsity()) {
      case Sparsity.TopK(int k, double _) -> new Selection.TopK(k);
      case Sparsity.BatchTopK(int k, double _) ->
          new Selection.BatchTopK(k, Math.max(0, learner.state().thresholds()[source]));
      case Sparsity.JumpRelu _ ->
          new Selection.JumpRelu(
              stored(
                  "threshold",
                  learner.state().values().of(Part.THRESHOLD, source).exp().to(DType.F32)));
    };
  }

  private StoredTensor stored(String name, Tensor values) {
    Tensor dense = values.contiguous().copy().retain();
    held.add(dense);
    return new StoredTensor(
        name, dense.dtype(), Arrays.stream(dense.shape()).boxed().toList(), dense.segment());
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return new LinkedHashMap<>();
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public String origin() {
    return "the training";
  }

  @Override
  public void close() {
    held.forEach(Tensor::close);
    held.clear();
  }
}

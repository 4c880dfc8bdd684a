package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.WeightSource;
import dev.loupe.model.format.Dequantiser;
import dev.loupe.model.format.GgmlType;
import dev.loupe.model.format.Gguf;
import dev.loupe.model.format.GgufTensor;
import dev.loupe.model.format.RowOrder;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NonFinite;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Weights of a GGUF file by the names of the family's published code, expanded on request. */
final class GgufWeights implements WeightSource {
  private final Gguf file;
  private final GgufNames names;
  private final RowOrder rotatedRows;
  private final boolean once;
  private final Set<String> checked = new HashSet<>();
  private final Set<String> loaded = new HashSet<>();

  /**
   * @param rotatedRows how the rows of query and key come back into the published order
   * @param once whether each tensor is expanded only once, so that memory need not hold its bytes
   *     of the file any longer
   */
  GgufWeights(Gguf file, GgufNames names, RowOrder rotatedRows, boolean once) {
    this.file = file;
    this.names = names;
    this.rotatedRows = rotatedRows;
    this.once = once;
  }

  /** {@link #bytes(DType)} of a file's weights. */
  static long bytes(Gguf file, DType dtype) {
    return file.tensors().values().stream()
        .filter(tensor -> tensor.type() != GgmlType.F32 || dtype != DType.F32)
        .mapToLong(tensor -> Arrays.stream(tensor.sizes()).reduce(dtype.bytes(), (a, b) -> a * b))
        .sum();
  }

  @Override
  public long bytes(DType dtype) {
    return bytes(file, dtype);
  }

  @Override
  public Optional<long[]> shape(String name) {
    return stored(name)
        .map(tensor -> {
          long[] sizes = tensor.sizes();
          return names.isTransposed(name) ? new long[] {sizes[1], sizes[0]} : sizes;
        });
  }

  @Override
  public boolean hasPrefix(String prefix) {
    return names.isPrefix(prefix);
  }

  @Override
  public List<String> unread() {
    return file.tensors().keySet().stream().filter(name -> !loaded.contains(name)).toList();
  }

  @Override
  public Tensor load(String name, DType dtype) {
    GgufTensor tensor =
        stored(name)
            .orElseThrow(() ->
                LoupeException.badInput(
                    origin() + ": has no tensor " + name, "Download the file again."));
    loaded.add(tensor.name());
    Tensor values = expanded(tensor, GgufNames.isRotated(name));
    if (checked.add(name) && NonFinite.in(values.dtype(), values.segment())) {
      throw LoupeException.badInput(
          "%s: tensor %s holds infinities or values that are not numbers"
              .formatted(origin(), tensor.name()),
          "The file is damaged: download it again.");
    }
    Tensor typed = names.isOneLess(name) ? values.to(dtype).plus(-1) : values.to(dtype);
    return names.isTransposed(name) ? typed.transpose(0, 1) : typed;
  }

  private Tensor expanded(GgufTensor tensor, boolean rotated) {
    boolean bias = tensor.shape().size() == 1;
    Tensor values;
    if (tensor.type() == GgmlType.F32 && (bias || !rotated)) {
      values = Tensor.mapped(tensor.bytes(), DType.F32, tensor.sizes());
    } else {
      values = Tensor.empty(DType.F32, tensor.sizes());
      RowOrder order = rotated && !bias ? rotatedRows : RowOrder.AS_STORED;
      Dequantiser.expand(tensor, order, values.segment());
      if (once && tensor.bytes().isMapped()) {
        tensor.bytes().unload();
      }
    }
    return rotated && bias ? reordered(values) : values;
  }

  /** A bias has its entries where a weight has its rows. */
  private Tensor reordered(Tensor bias) {
    long[] from = new long[bias.size(0)];
    Arrays.setAll(from, rotatedRows::storedRow);
    return bias.indexSelect(0, Tensor.of(from, from.length));
  }

  private Optional<GgufTensor> stored(String name) {
    return names.inFile(name).flatMap(file::findTensor);
  }

  @Override
  public String origin() {
    return file.path().toString();
  }

  @Override
  public void close() {
    file.close();
  }
}

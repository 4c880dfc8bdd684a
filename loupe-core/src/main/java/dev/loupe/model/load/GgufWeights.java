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
import java.util.function.Function;

/** Weights of a GGUF file by the names of the family's published code, expanded on request. */
final class GgufWeights implements WeightSource {
  private final Gguf file;
  private final GgufNames names;
  private final Function<String, RowOrder> orders;
  private final boolean once;
  private final Set<String> checked = new HashSet<>();
  private final Set<String> loaded = new HashSet<>();

  /**
   * @param orders how the rows of a part come back into the published order, by its name
   * @param once whether each tensor is expanded only once, so that memory need not hold its bytes
   *     of the file any longer
   */
  GgufWeights(Gguf file, GgufNames names, Function<String, RowOrder> orders, boolean once) {
    this.file = file;
    this.names = names;
    this.orders = orders;
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
    Optional<StackedExperts> stacked = StackedExperts.of(name);
    if (stacked.isPresent()) {
      return stacked.get().shape(this::shape);
    }
    return stored(name)
        .map(tensor -> {
          long[] sizes = tensor.sizes();
          if (sizes.length == 1 && name.endsWith("shared_expert_gate.weight")) {
            return new long[] {1, sizes[0]}; // written without its axis of one
          }
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
    GgufTensor tensor = required(name);
    loaded.add(tensor.name());
    Tensor values = expanded(tensor, orders.apply(name));
    if (checked.add(name)) {
      requireFinite(tensor, values);
    }
    Tensor typed = names.isOneLess(name) ? values.to(dtype).plus(-1) : values.to(dtype);
    Tensor shaped =
        typed.rank() == 1 && name.endsWith("shared_expert_gate.weight")
            ? typed.unsqueeze(0)
            : typed;
    return names.isTransposed(name) ? shaped.transpose(0, 1) : shaped;
  }

  @Override
  public Tensor loadPart(String name, int part, DType dtype) {
    return StackedExperts.of(name)
        .map(stacked -> stacked.part(each -> part(each, part, dtype)))
        .orElseGet(() -> load(name, dtype).select(0, part));
  }

  /** A part of a tensor that stacks some, of which no other is expanded. */
  private Tensor part(String name, int number, DType dtype) {
    GgufTensor whole = required(name);
    loaded.add(whole.name());
    GgufTensor one = part(whole, number);
    Tensor values = expanded(one, RowOrder.AS_STORED);
    if (checked.add(name + number)) {
      requireFinite(one, values);
    }
    return values.to(dtype);
  }

  private GgufTensor required(String name) {
    return stored(name)
        .orElseThrow(() ->
            LoupeException.badInput(
                origin() + ": has no tensor " + name, "Download the file again."));
  }

  private void requireFinite(GgufTensor tensor, Tensor values) {
    if (NonFinite.in(values.dtype(), values.segment())) {
      throw LoupeException.badInput(
          "%s: tensor %s holds infinities or values that are not numbers"
              .formatted(origin(), tensor.name()),
          "The file is damaged: download it again.");
    }
  }

  private Tensor expanded(GgufTensor tensor, RowOrder order) {
    boolean isOrdered = order.equals(RowOrder.AS_STORED);
    boolean bias = tensor.shape().size() == 1;
    Tensor values;
    if (tensor.type() == GgmlType.F32 && (bias || isOrdered)) {
      values = Tensor.mapped(tensor.bytes(), DType.F32, tensor.sizes());
    } else {
      values = Tensor.empty(DType.F32, tensor.sizes());
      Dequantiser.expand(tensor, bias ? RowOrder.AS_STORED : order, values.segment());
      if (once && tensor.bytes().isMapped()) {
        tensor.bytes().unload();
      }
    }
    return bias && !isOrdered ? reordered(values, order) : values;
  }

  /** A bias has its entries where a weight has its rows. */
  private static Tensor reordered(Tensor bias, RowOrder order) {
    long[] from = new long[bias.size(0)];
    Arrays.setAll(from, order::storedRow);
    return bias.indexSelect(0, Tensor.of(from, from.length));
  }

  private Optional<GgufTensor> stored(String name) {
    return names
        .inFile(name)
        .flatMap(place ->
            file.findTensor(place.name())
                .flatMap(tensor ->
                    place.expert().isEmpty()
                        ? Optional.of(tensor)
                        : Optional.of(tensor)
                            .filter(stack -> stack.shape().size() == 3)
                            .filter(stack -> place.expert().getAsInt() < stack.shape().getFirst())
                            .map(stack -> part(stack, place.expert().getAsInt()))));
  }

  /** One of the matrices or rows that a tensor stacks. */
  private static GgufTensor part(GgufTensor stack, int number) {
    List<Long> shape = stack.shape();
    long bytes = stack.bytes().byteSize() / shape.getFirst();
    return new GgufTensor(
        stack.name(),
        stack.type(),
        shape.subList(1, shape.size()),
        stack.bytes().asSlice(number * bytes, bytes));
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

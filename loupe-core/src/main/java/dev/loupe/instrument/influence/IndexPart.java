package dev.loupe.instrument.influence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Some documents of an index as a safetensors file: what a backward pass of each brought to the
 * maps, and the documents themselves, so that the corpus need not be read again.
 *
 * <ul>
 *   <li>{@code MAP.inputs} and {@code MAP.gradients} I8 {@code [row, width]} with {@code
 *       MAP.inputs_steps} and {@code MAP.gradients_steps} F32 {@code [row]}: a value is its row's
 *       step times the byte. A document has a row for each of its tokens but the last, at which
 *       nothing is predicted
 *   <li>{@code norms} F32 {@code [document]} of the whole gradients
 *   <li>{@code tokens} I32 and {@code counts} U8 of all documents one after another, {@code
 *       lengths} I32 {@code [document]}
 *   <li>{@code ids} U8 in UTF-8, one after another, each followed by the document's labels with a
 *       unit separator before each, {@code id_lengths} I32 {@code [document]}
 * </ul>
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record IndexPart(List<Sequence> sequences, Map<BlockMap, OfMap> maps, float[] norms) {
  static final String INPUTS = "inputs";
  static final String GRADIENTS = "gradients";

  /** The unit separator. */
  private static final String END = "\u001f";

  private static final ValueLayout.OfInt INTS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * One map's rows.
   *
   * @param inputs without the 1 of the bias
   */
  record OfMap(KeptRows inputs, KeptRows gradients) {}

  /** Rows that a document has. */
  static int rows(Sequence sequence) {
    return sequence.tokens().length - 1;
  }

  static int rows(List<Sequence> sequences) {
    return sequences.stream().mapToInt(IndexPart::rows).sum();
  }

  void write(Path file, Map<String, String> identity) {
    int many = sequences.size();
    SafetensorsWriter writer = new SafetensorsWriter();
    identity.forEach(writer::metadata);
    maps.forEach((map, each) -> {
      each.inputs().write(writer, map, INPUTS);
      each.gradients().write(writer, map, GRADIENTS);
    });
    writer.add("norms", norms, many);
    int[] lengths = new int[many];
    byte[][] ids = new byte[many][];
    for (int n = 0; n < many; n++) {
      lengths[n] = sequences.get(n).tokens().length;
      Sequence each = sequences.get(n);
      // Control characters end an id and each label; a text of a corpus that has them loses them.
      ids[n] =
          (plain(each.id())
                  + each.labels().stream().map(label -> END + plain(label)).collect(joining()))
              .getBytes(UTF_8);
    }
    int[] tokens = new int[Arrays.stream(lengths).sum()];
    byte[] counts = new byte[tokens.length];
    int used = 0;
    for (Sequence each : sequences) {
      for (int t = 0; t < each.tokens().length; t++) {
        tokens[used] = each.tokens()[t];
        counts[used++] = (byte) (each.counts()[t] ? 1 : 0);
      }
    }
    writer.add(ints("lengths", lengths));
    writer.add(ints("tokens", tokens));
    writer.add(bytes("counts", DType.U8, counts, counts.length));
    int[] idLengths = Arrays.stream(ids).mapToInt(id -> id.length).toArray();
    byte[] joined = new byte[Arrays.stream(idLengths).sum()];
    int at = 0;
    for (byte[] id : ids) {
      System.arraycopy(id, 0, joined, at, id.length);
      at += id.length;
    }
    writer.add(ints("id_lengths", idLengths));
    writer.add(bytes("ids", DType.U8, joined, joined.length));
    writer.write(file);
  }

  private static String plain(String text) {
    return text.replace(END, "");
  }

  static StoredTensor bytes(String name, DType dtype, byte[] values, long... shape) {
    return new StoredTensor(
        name, dtype, Arrays.stream(shape).boxed().toList(), MemorySegment.ofArray(values));
  }

  static StoredTensor ints(String name, int[] values) {
    MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
    for (int i = 0; i < values.length; i++) {
      segment.set(INTS, 4L * i, values[i]);
    }
    return new StoredTensor(name, DType.I32, List.of((long) values.length), segment);
  }

  /** The documents of a file, without their gradients. */
  static List<Sequence> sequences(Safetensors file) {
    int[] lengths = ints(file, "lengths");
    int[] tokens = ints(file, "tokens");
    byte[] counts = tensor(file, "counts", DType.U8).bytes().toArray(ValueLayout.JAVA_BYTE);
    int[] idLengths = ints(file, "id_lengths");
    byte[] ids = tensor(file, "ids", DType.U8).bytes().toArray(ValueLayout.JAVA_BYTE);
    if (sum(lengths) != tokens.length
        || counts.length != tokens.length
        || idLengths.length != lengths.length
        || sum(idLengths) != ids.length) {
      throw damaged(file, "its lengths do not add up");
    }
    List<Sequence> sequences = new ArrayList<>();
    int token = 0;
    int id = 0;
    for (int n = 0; n < lengths.length; n++) {
      boolean[] counted = new boolean[lengths[n]];
      for (int t = 0; t < lengths[n]; t++) {
        counted[t] = counts[token + t] != 0;
      }
      List<String> names = List.of(new String(ids, id, idLengths[n], UTF_8).split(END, -1));
      sequences.add(
          new Sequence(
              names.getFirst(),
              Arrays.copyOfRange(tokens, token, token + lengths[n]),
              counted,
              names.subList(1, names.size())));
      token += lengths[n];
      id += idLengths[n];
    }
    return sequences;
  }

  /** The sum of lengths; −1 if one is negative. */
  private static long sum(int[] lengths) {
    long sum = 0;
    for (int length : lengths) {
      if (length < 0) {
        return -1;
      }
      sum += length;
    }
    return sum;
  }

  static int[] ints(Safetensors file, String name) {
    return tensor(file, name, DType.I32).bytes().toArray(INTS);
  }

  static StoredTensor tensor(Safetensors file, String name, DType dtype) {
    StoredTensor found = file.tensors().get(name);
    if (found == null || !Objects.equals(found.dtype(), dtype)) {
      throw damaged(file, name + " is missing or not " + dtype);
    }
    return found;
  }

  static LoupeException damaged(Safetensors file, String what) {
    return LoupeException.badInput(
        file.origin() + ": " + what,
        "Delete the folder 'index' in the fit, and fit again with an index.");
  }
}

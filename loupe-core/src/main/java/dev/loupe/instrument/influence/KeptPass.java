package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.model.training.SequenceGradients.MapSink;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pass that keeps on disk what it brought to the maps, so that the next one over the same
 * sequences reads it instead of going through the model. What the disk does not take is computed
 * again: a full disk costs time and is no failure.
 */
final class KeptPass implements CurvatureFit.Pass, AutoCloseable {
  /** Of a pass, at most; and never more than half of what is free. */
  static final long MOST_BYTES = 8L << 30;

  private final CurvatureFit.Pass pass;
  private final Map<Integer, Batch> batches = new TreeMap<>();
  private final @Nullable FileChannel file;
  private long most;
  private long end;

  /** What a batch of sequences, by their numbers, brought. */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  private record Batch(int[] numbers, List<Part> parts, double loss) {
    boolean holds(int[] asked, Set<BlockMap> maps) {
      return Arrays.equals(numbers, asked)
          && parts.stream().map(Part::map).toList().containsAll(maps);
    }
  }

  private record Part(BlockMap map, Stored input, Stored byOutput) {}

  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  private record Stored(long from, DType dtype, long[] shape) {}

  private KeptPass(CurvatureFit.Pass pass, @Nullable FileChannel file, long most) {
    this.pass = pass;
    this.file = file;
    this.most = most;
  }

  /** What a token takes of some maps. */
  static long bytesOfAToken(SequenceGradients network, List<BlockMap> maps) {
    return maps.stream()
        .map(network::size)
        .mapToLong(size -> (long) network.dtype().bytes() * (size.columns() + size.outputs()))
        .sum();
  }

  /** In the folder for temporary files. */
  static KeptPass of(CurvatureFit.Pass pass) {
    return of(pass, Path.of(System.getProperty("java.io.tmpdir")), MOST_BYTES);
  }

  /** In a file of a folder that is gone when this is closed, and with the process. */
  static KeptPass of(CurvatureFit.Pass pass, Path folder, long most) {
    try {
      FileStore store = Files.getFileStore(folder);
      if (store.type().equals("tmpfs")) {
        return new KeptPass(pass, null, 0); // that would be memory
      }
      Path path = Files.createTempFile(folder, ".influence", ".part");
      FileChannel file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      return new KeptPass(pass, file, Math.min(most, store.getUsableSpace() / 2));
    } catch (IOException _) {
      return new KeptPass(pass, null, 0);
    }
  }

  @Override
  public double of(int[] numbers, Set<BlockMap> maps, MapSink sink) {
    Batch kept = batches.get(numbers[0]);
    if (kept != null && kept.holds(numbers, maps)) {
      for (Part part : kept.parts()) {
        if (maps.contains(part.map())) {
          try (var _ = NativeScope.open()) {
            sink.map(part.map(), read(part.input()), read(part.byOutput()));
          }
        }
      }
      return kept.loss();
    }
    List<Part> parts = new ArrayList<>();
    double loss =
        pass.of(
            numbers,
            maps,
            (map, a, g) -> {
              long bytes = (a.count() + g.count()) * a.dtype().bytes();
              if (file != null && bytes <= Integer.MAX_VALUE && end + bytes <= most) {
                try {
                  parts.add(new Part(map, write(file, a), write(file, g)));
                } catch (IOException _) {
                  most = 0;
                }
              }
              sink.map(map, a, g);
            });
    if (parts.size() == maps.size()) {
      batches.put(numbers[0], new Batch(numbers, parts, loss));
    }
    return loss;
  }

  private Stored write(FileChannel file, Tensor tensor) throws IOException {
    Tensor values = tensor.contiguous();
    ByteBuffer bytes = values.segment().asByteBuffer();
    Stored stored = new Stored(end, values.dtype(), values.shape());
    while (bytes.hasRemaining()) {
      end += file.write(bytes, end);
    }
    return stored;
  }

  private Tensor read(Stored stored) {
    Tensor tensor = Tensor.empty(stored.dtype(), stored.shape());
    ByteBuffer bytes = tensor.segment().asByteBuffer();
    long from = stored.from();
    try {
      while (bytes.hasRemaining() && file != null) {
        int count = file.read(bytes, from);
        if (count < 0) {
          throw new IOException("the file ends early");
        }
        from += count;
      }
      return tensor;
    } catch (IOException e) {
      throw FileFault.cannotRead("the temporary file of a pass over the documents", e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException _) {
        // Nothing in it is needed any more.
      }
    }
  }
}

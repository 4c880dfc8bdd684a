package dev.loupe.bench;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Traces one prompt through a dictionary, every active feature listed, and writes the adjacency for
 * the peer to compare; one JSON line a measurement, see clt-vs-circuit-tracer.sh. The time is that
 * of attribution: from the prompt to the whole graph, encoding included; opening, pruning and
 * evidence are left out, and the column of the whole trace has them.
 */
public final class DictionaryTrace {
  private long finished;
  private long finishedCpu;
  private long peak;

  private DictionaryTrace() {}

  /**
   * Arguments: the model's folder, the dictionary's, a text file that the prompt is taken from,
   * tokens, threads, repeats, and the file to write the graph to.
   */
  public static void main(String[] arguments) throws IOException {
    int tokens = Integer.parseInt(arguments[3]);
    Engine.useThreads(Integer.parseInt(arguments[4]));
    try (LanguageModel model =
            LanguageModel.open(Path.of(arguments[0]), LoadOptions.of(DType.F32));
        Dictionary dictionary = DictionaryFiles.open(Path.of(arguments[1]), Optional.empty())) {
      TraceRequest request =
          TraceRequest.of(Files.readString(Path.of(arguments[2])))
              .withAt(tokens - 1)
              .withSets(TraceRequest.Sets.NONE) // the peer makes no such tests
              .withFirstPosition(TraceRequest.FirstPosition.HOLD)
              .withMaxNodes(Integer.MAX_VALUE);
      DictionaryTrace bench = new DictionaryTrace();
      for (int i = 0; i < Integer.parseInt(arguments[5]); i++) {
        long start = System.nanoTime();
        long startCpu = TraceSweep.cpu();
        TraceReport report =
            new Trace()
                .ask(
                    request,
                    Subject.of(model, () -> "", NamedBasis.of(dictionary, model.transformer())),
                    Run.silent(0, bench::hear))
                .answer();
        System.out.printf(
            Locale.ROOT,
            "{\"engine\": \"loupe\", \"case\": \"%s\", \"seconds\": %.4f, \"cpu\": %.4f, \"peak\": %d,"
                + " \"whole\": %.4f, \"process\": %.2f, \"targets\": %d}%n",
            i == 0 ? "cold" : "warm",
            (bench.finished - start) / 1e9,
            (bench.finishedCpu - startCpu) / 1e9,
            bench.peak,
            (System.nanoTime() - start) / 1e9,
            ManagementFactory.getRuntimeMXBean().getUptime() / 1e3,
            TraceSweep.targets(report.graph()));
        if (i == 0) {
          int[] ids = model.tokenizer().encode(request.prompt(), true).ids();
          write(Path.of(arguments[6]), Arrays.copyOf(ids, tokens), report.graph());
        }
      }
    }
  }

  private void hear(Object part) {
    if (!(part instanceof Trace.Attributed)) {
      return;
    }
    finished = System.nanoTime();
    finishedCpu = TraceSweep.cpu();
    peak = TraceSweep.peakResident();
  }

  private static void write(Path file, int[] ids, AttributionGraph graph) throws IOException {
    long size = graph.nodes().size();
    try (var _ = NativeScope.open()) {
      Tensor adjacency = Tensor.zeros(DType.F32, size, size);
      MemorySegment bytes = adjacency.segment();
      for (int target = 0; target < size; target++) {
        for (int source = 0; source < size && graph.edges().isTarget(target); source++) {
          bytes.setAtIndex(
              ValueLayout.JAVA_FLOAT, target * size + source, graph.edges().weight(target, source));
        }
      }
      long[] nodes = graph.nodes().stream().flatMapToLong(DictionaryTrace::numbers).toArray();
      long[] tokens = Arrays.stream(ids).asLongStream().toArray();
      new SafetensorsWriter()
          .add(stored("adjacency", adjacency))
          .add(stored("nodes", Tensor.of(nodes, size, 4)))
          .add(stored("tokens", Tensor.of(tokens, tokens.length)))
          .write(file);
    }
  }

  private static StoredTensor stored(String name, Tensor tensor) {
    List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
    return new StoredTensor(name, tensor.dtype(), shape, tensor.segment());
  }

  /** Kind, layer, position, unit; the token of a token or a logit at the place of the unit. */
  private static LongStream numbers(Node node) {
    return switch (node) {
      case Node.Feature n -> LongStream.of(0, n.layer(), n.position(), n.unit());
      case Node.ReconstructionError e -> LongStream.of(1, e.layer(), e.position(), -1);
      case Node.Token t -> LongStream.of(2, -1, t.position(), t.token());
      case Node.Logit l -> LongStream.of(3, -1, -1, l.token());
      case Node.PositionEmbedding p -> LongStream.of(4, -1, p.position(), -1);
      case Node.EmbeddingBias _ -> LongStream.of(5, -1, -1, -1);
      case Node.AttentionBias b -> LongStream.of(6, b.layer(), -1, -1);
      case Node.MlpBias b -> LongStream.of(7, b.layer(), -1, -1);
      case Node.OwnBias _ -> LongStream.of(8, -1, -1, -1);
      case Node.Remainder r -> LongStream.of(9, r.layer(), r.position(), -1);
    };
  }
}

package dev.loupe.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.EdgeMatrix;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tokenizer.TokenSequence;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Traces one prompt and writes the adjacency for the peer to compute again; one JSON line a
 * measurement, see trace-vs-autograd.sh. The time is that of attribution: from the prompt to the
 * whole graph, choice of nodes included; opening the model, pruning and evidence are left out.
 */
public final class TraceSweep {
  private final LanguageModel model;
  private long finished;
  private long finishedCpu;
  private long peak;

  private TraceSweep(LanguageModel model) {
    this.model = model;
  }

  /**
   * Arguments: the model's folder or file, a text file that the prompt is taken from, tokens, most
   * nodes, threads, repeats, and the file to write the graph to.
   */
  public static void main(String[] arguments) throws IOException {
    int tokens = Integer.parseInt(arguments[2]);
    int nodes = Integer.parseInt(arguments[3]);
    Engine.useThreads(Integer.parseInt(arguments[4]));
    try (LanguageModel model =
        LanguageModel.open(Path.of(arguments[0]), LoadOptions.of(DType.F32))) {
      TraceRequest request =
          TraceRequest.of(Files.readString(Path.of(arguments[1])))
              .withAt(tokens - 1)
              .withSets(TraceRequest.Sets.NONE) // the peer makes no such tests
              .withCoverage(1)
              .withMaxNodes(nodes);
      TraceSweep bench = new TraceSweep(model);
      for (int i = 0; i < Integer.parseInt(arguments[5]); i++) {
        long start = System.nanoTime();
        long startCpu = cpu();
        AttributionGraph graph =
            new Trace()
                .ask(request, Subject.of(model, () -> ""), Run.silent(0, bench::hear))
                .answer()
                .graph();
        System.out.printf(
            Locale.ROOT,
            "{\"engine\": \"loupe\", \"case\": \"%s\", \"seconds\": %.4f, \"cpu\": %.4f, \"peak\": %d,"
                + " \"process\": %.2f, \"targets\": %d}%n",
            i == 0 ? "cold" : "warm",
            (bench.finished - start) / 1e9,
            (bench.finishedCpu - startCpu) / 1e9,
            bench.peak,
            ManagementFactory.getRuntimeMXBean().getUptime() / 1e3,
            targets(graph));
        if (i == 0) {
          bench.write(Path.of(arguments[6]), request, tokens, graph);
        }
      }
    }
  }

  private void hear(Object part) {
    if (!(part instanceof Trace.Attributed)) {
      return;
    }
    finished = System.nanoTime();
    finishedCpu = cpu();
    peak = peakResident();
  }

  /** Nanoseconds of all threads: what remains comparable when the machine does other things. */
  static long cpu() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** The most memory that was ever resident, in bytes. */
  static long peakResident() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  static long targets(AttributionGraph graph) {
    EdgeMatrix edges = graph.edges();
    return IntStream.range(0, edges.size()).filter(edges::isTarget).count();
  }

  private void write(Path file, TraceRequest request, int length, AttributionGraph graph)
      throws IOException {
    TokenSequence tokens = model.tokenizer().encode(request.prompt(), true);
    try (JsonGenerator json =
        new JsonFactory()
            .createGenerator(ObjectWriteContext.empty(), Files.newOutputStream(file))) {
      json.writeStartObject();
      json.writeName("tokens");
      json.writeArray(Arrays.copyOf(tokens.ids(), length), 0, length);
      json.writeArrayPropertyStart("nodes");
      for (Node node : graph.nodes()) {
        write(json, node);
      }
      json.writeEndArray();
      json.writeObjectPropertyStart("rows");
      for (int target = 0; target < graph.nodes().size(); target++) {
        if (graph.edges().isTarget(target)) {
          json.writeArrayPropertyStart(Integer.toString(target));
          for (int source = 0; source < graph.nodes().size(); source++) {
            json.writeNumber(graph.edges().weight(target, source));
          }
          json.writeEndArray();
        }
      }
      json.writeEndObject();
      json.writeEndObject();
    }
  }

  /** Kind, layer, position, unit; or for a logit its token at the place of the unit. */
  private static void write(JsonGenerator json, Node node) {
    switch (node) {
      case Node.Feature n -> write(json, "neuron", n.layer(), n.position(), n.unit());
      case Node.ReconstructionError e -> write(json, "error", e.layer(), e.position(), -1);
      case Node.Token t -> write(json, "token", -1, t.position(), t.token());
      case Node.PositionEmbedding p -> write(json, "position", -1, p.position(), -1);
      case Node.EmbeddingBias _ -> write(json, "embeddingBias", -1, -1, -1);
      case Node.AttentionBias b -> write(json, "attentionBias", b.layer(), -1, -1);
      case Node.MlpBias b -> write(json, "mlpBias", b.layer(), -1, -1);
      case Node.OwnBias _ -> write(json, "ownBias", -1, -1, -1);
      case Node.Remainder r -> write(json, "remainder", r.layer(), r.position(), -1);
      case Node.Logit l -> write(json, "logit", -1, -1, l.token());
    }
  }

  private static void write(JsonGenerator json, String kind, int layer, int position, int unit) {
    json.writeStartArray();
    json.writeString(kind);
    json.writeNumber(layer);
    json.writeNumber(position);
    json.writeNumber(unit);
    json.writeEndArray();
  }
}

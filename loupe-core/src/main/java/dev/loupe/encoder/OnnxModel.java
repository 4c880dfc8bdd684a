package dev.loupe.encoder;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import dev.loupe.tokenizer.EncoderInput;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer and the network of a folder. Texts are read one at a time and on one thread, so
 * that a result depends neither on what else is asked nor on the machine's cores. What does not fit
 * is cut at the end of the longer text, and counted.
 */
final class OnnxModel implements AutoCloseable {
  private static final List<String> FILES = List.of("model.onnx", "onnx/model.onnx");
  private static final String IDS = "input_ids";
  private static final String MASK = "attention_mask";
  private static final String TYPES = "token_type_ids";
  private static final String FETCH = "Fetch the model's ONNX export again, or choose another one.";

  private final Path file;
  private final EncoderSettings settings;
  private final Tokenizer tokenizer;
  private final OrtSession session;
  private final String output;
  private final AtomicInteger cut = new AtomicInteger();

  /** Values of an output, in row-major order, and its lengths. */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  record Values(float[] values, int[] shape) {}

  private OnnxModel(
      Path file,
      EncoderSettings settings,
      Tokenizer tokenizer,
      OrtSession session,
      List<String> outputs,
      int rank)
      throws OrtException {
    this.file = file;
    this.settings = settings;
    this.tokenizer = tokenizer;
    this.session = session;
    requireInputs();
    this.output = output(outputs, rank);
  }

  /**
   * Opens a folder.
   *
   * @param outputs names of the output that is read, the first that there is; otherwise the only
   *     one of this rank
   * @throws LoupeException if a file is missing or is not what it should be
   */
  static OnnxModel open(Path folder, EncoderSettings settings, List<String> outputs, int rank) {
    Path file = file(folder);
    Tokenizer tokenizer = TokenizerFiles.in(folder).tokenizer();
    OrtSession session = null;
    try {
      session = session(file);
      return new OnnxModel(file, settings, tokenizer, session, outputs, rank);
    } catch (OrtException e) {
      throw closing(tokenizer, session, unreadable(file, e));
    } catch (RuntimeException e) {
      throw closing(tokenizer, session, e);
    }
  }

  private static RuntimeException closing(
      Tokenizer tokenizer, @Nullable OrtSession session, RuntimeException why) {
    tokenizer.close();
    try {
      if (session != null) {
        session.close();
      }
    } catch (OrtException e) {
      why.addSuppressed(e);
    }
    return why;
  }

  private static Path file(Path folder) {
    Path file =
        FILES.stream()
            .map(folder::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() ->
                LoupeException.badInput(
                    folder + " holds no model.onnx, nor a folder onnx with one",
                    "Give the folder of a model with its ONNX export and tokenizer.json."));
    try {
      LfsPointer.refuse(file);
      return file;
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  private static OrtSession session(Path file) throws OrtException {
    OrtEnvironment environment;
    try {
      environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "loupe");
      environment.setTelemetry(false);
    } catch (LinkageError e) {
      throw LoupeException.resource(
          "ONNX Runtime has no library for this platform: " + e.getMessage(),
          "Do without an embedding or entailment model here.",
          e);
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      return environment.createSession(file.toString(), options);
    }
  }

  private static LoupeException unreadable(Path file, OrtException e) {
    return LoupeException.badInput(file + ": ONNX Runtime refuses it: " + e.getMessage(), FETCH, e);
  }

  private void requireInputs() throws OrtException {
    for (Map.Entry<String, NodeInfo> each : session.getInputInfo().entrySet()) {
      boolean isKnown = List.of(IDS, MASK, TYPES).contains(each.getKey());
      boolean isLong =
          each.getValue().getInfo() instanceof TensorInfo info && info.type == OnnxJavaType.INT64;
      if (!isKnown || !isLong) {
        throw LoupeException.badInput(
            "%s asks for an input %s (%s); an encoder has %s, %s and %s, of 64-bit integers"
                .formatted(file, each.getKey(), each.getValue().getInfo(), IDS, MASK, TYPES),
            FETCH);
      }
    }
    if (!session.getInputNames().contains(IDS)) {
      throw LoupeException.badInput(file + " has no input " + IDS, FETCH);
    }
  }

  private String output(List<String> wanted, int rank) throws OrtException {
    Map<String, NodeInfo> all = session.getOutputInfo();
    List<String> fitting =
        all.entrySet().stream()
            .filter(each ->
                each.getValue().getInfo() instanceof TensorInfo info
                    && info.type == OnnxJavaType.FLOAT
                    && info.getShape().length == rank)
            .map(Map.Entry::getKey)
            .toList();
    return wanted.stream()
        .filter(fitting::contains)
        .findFirst()
        .or(() -> fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty())
        .orElseThrow(() ->
            LoupeException.badInput(
                "%s has the outputs %s; needed is %s, of 32-bit numbers and %d lengths"
                    .formatted(file, all.keySet(), String.join(" or ", wanted), rank),
                FETCH));
  }

  /** What its files say. */
  EncoderSettings settings() {
    return settings;
  }

  /** The file, for errors. */
  Path file() {
    return file;
  }

  /** How many texts were cut since they were too long, for people; empty where none was. */
  Optional<String> caveat(String name) {
    return cut.get() == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%,d texts were longer than the %,d tokens that %s reads: their end was cut off.",
                cut.get(),
                settings.mostTokens(),
                name));
  }

  /** The output for one text or a pair. */
  Values of(String text, Optional<String> second) {
    EncoderInput input = fitting(text, second);
    long[] shape = {1, input.size()};
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      long[] mask = new long[input.size()];
      Arrays.fill(mask, 1);
      Map<String, long[]> numbers = Map.of(IDS, input.ids(), MASK, mask, TYPES, input.types());
      for (String name : session.getInputNames()) {
        tensors.put(
            name, OnnxTensor.createTensor(environment, LongBuffer.wrap(numbers.get(name)), shape));
      }
      try (OrtSession.Result result = session.run(tensors, Set.of(output))) {
        return values((OnnxTensor) result.get(0));
      }
    } catch (OrtException e) {
      throw LoupeException.badInput(
          "%s fails on a text of %d tokens: %s".formatted(file, input.size(), e.getMessage()),
          FETCH,
          e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private Values values(OnnxTensor tensor) {
    int[] shape = Arrays.stream(tensor.getInfo().getShape()).mapToInt(Math::toIntExact).toArray();
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw LoupeException.badInput(
            file + " gives a number that is not finite", "Choose another export of the model.");
      }
    }
    return new Values(values, shape);
  }

  /** The longer text loses its end until both fit. */
  private EncoderInput fitting(String text, Optional<String> second) {
    TokenSequence first = tokenizer.encode(text, false);
    TokenSequence other = tokenizer.encode(second.orElse(""), false);
    EncoderInput input = tokenizer.encodeForEncoder(text, second);
    boolean isCut = false;
    for (int most = settings.mostTokens(); input.size() > most; isCut = true) {
      int excess = input.size() - most;
      int longer = Math.abs(first.size() - other.size());
      int less = Math.min(excess, Math.max(longer, (excess + 1) / 2));
      if (first.size() >= other.size()) {
        first = shortened(first, less);
      } else {
        other = shortened(other, less);
      }
      String rest = other.text();
      input = tokenizer.encodeForEncoder(first.text(), second.map(_ -> rest));
    }
    if (isCut) {
      cut.incrementAndGet();
    }
    return input;
  }

  private TokenSequence shortened(TokenSequence tokens, int less) {
    int keep = tokens.size() - less;
    if (keep < 1) {
      throw LoupeException.badInput(
          "%s reads at most %d tokens, which is no text".formatted(file, settings.mostTokens()),
          "Choose a model that reads longer texts.");
    }
    int end = Math.min(tokens.token(keep).startChar(), tokens.text().length() - 1);
    return tokenizer.encode(tokens.text().substring(0, end), false);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime does not let go of " + file, e);
    } finally {
      tokenizer.close();
    }
  }
}

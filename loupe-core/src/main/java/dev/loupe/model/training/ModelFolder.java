package dev.loupe.model.training;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.OptionalInt;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPT-2 networks as Hugging Face folders: {@code config.json} and {@code model.safetensors}, which
 * transformers and {@link ModelLoader} open.
 */
public final class ModelFolder {
  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";

  private ModelFolder() {}

  /**
   * Writes a model of any GPT-2 folder again with other element types, its configuration included;
   * tokenizer files are the caller's.
   *
   * @param dtype F32 or BF16
   * @throws LoupeException if the model cannot be read or the folder not written
   */
  public static void copy(Path from, Path folder, DType dtype, OptionalInt endToken) {
    try (Transformer model = ModelLoader.transformer(from, LoadOptions.DEFAULT);
        Parameters weights = new Parameters(TrainedNetwork.shape(model, from), DType.F32)) {
      TrainedNetwork.fill(weights, model);
      write(weights, folder, dtype, endToken);
    }
  }

  /** The shape of a GPT-2 model. */
  public static ModelShape shape(Path location) {
    try (Transformer model = ModelLoader.transformer(location, LoadOptions.DEFAULT)) {
      return TrainedNetwork.shape(model, location);
    }
  }

  static void write(Parameters weights, Path folder, DType dtype, OptionalInt endToken) {
    try (var _ = NativeScope.open()) {
      SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
      for (Weight weight : Weight.values()) {
        for (int layer = 0; layer < weight.copies(weights.shape()); layer++) {
          add(writer, weight.fileName(layer), weights.of(weight, layer).to(dtype));
        }
      }
      writeText(folder.resolve(CONFIG), config(weights.shape(), dtype, endToken));
      writer.write(folder.resolve(WEIGHTS));
    }
  }

  /** Adds a tensor, which must live until the file is written. */
  public static void add(SafetensorsWriter writer, String name, Tensor tensor) {
    writer.add(
        new StoredTensor(
            name,
            tensor.dtype(),
            Arrays.stream(tensor.shape()).boxed().toList(),
            tensor.segment()));
  }

  private static String config(ModelShape shape, DType dtype, OptionalInt endToken) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.putArray("architectures").add("GPT2LMHeadModel");
    root.put("model_type", "gpt2");
    root.put("vocab_size", shape.vocabulary());
    root.put("n_positions", shape.context());
    root.put("n_ctx", shape.context());
    root.put("n_embd", shape.width());
    root.put("n_layer", shape.layers());
    root.put("n_head", shape.heads());
    root.put("n_inner", shape.mlpWidth());
    root.put("activation_function", "gelu_new");
    root.put("layer_norm_epsilon", ModelShape.NORM_EPSILON);
    root.put("tie_word_embeddings", true);
    root.put("resid_pdrop", 0.0);
    root.put("embd_pdrop", 0.0);
    root.put("attn_pdrop", 0.0);
    // Said even when there is none: transformers assumes GPT-2's own otherwise.
    Integer end = endToken.isPresent() ? endToken.getAsInt() : null;
    root.put("bos_token_id", end);
    root.put("eos_token_id", end);
    root.put("torch_dtype", dtype == DType.BF16 ? "bfloat16" : "float32");
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  /** Writes a small file under a temporary name and moves it into place. */
  static void writeText(Path file, String text) {
    Path aside = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Files.writeString(
          aside,
          text,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.DSYNC);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }
}

package dev.loupe;

import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.world.Fact;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/**
 * A GPT-2 network of random weights whose vocabulary has every name of a world as one token, and
 * which says the same word after anything.
 */
public final class RandomAlmanacModel {
  public static final int LAYERS = 3;
  public static final int MLP = 64;
  private static final int CONTEXT = 512;

  /** Positions whose embeddings are drawn before the other weights. */
  private static final int DRAWN_FIRST = 64;

  private final Random random = new Random(5);
  private final SafetensorsWriter writer = new SafetensorsWriter();

  private final int width;

  private RandomAlmanacModel(int width) {
    this.width = width;
  }

  public static LanguageModel open(Path folder, World world, String says) throws IOException {
    BpeTrainer trainer = new BpeTrainer(8000, BpeTrainer.CHAT_TOKENS);
    for (Fact fact : world.facts()) {
      for (int twice = 0; twice < 2; twice++) {
        trainer.add("The " + fact.subject() + " is " + fact.object() + " here.");
      }
    }
    return open(folder, trainer, Optional.of(says), 16);
  }

  /** A model of that width and vocabulary, which says the given word, if any, after anything. */
  public static LanguageModel open(
      Path folder, BpeTrainer trainer, Optional<String> says, int width) throws IOException {
    trainer.train().write(folder);
    try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
      new RandomAlmanacModel(width)
          .write(
              folder,
              tokenizer.vocabularySize(),
              says.map(word -> tokenizer.singleToken(" " + word)));
    }
    return LanguageModel.open(folder, LoadOptions.DEFAULT);
  }

  private void write(Path folder, int vocabulary, Optional<Integer> says) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": %d,
         "n_positions": %d, "n_embd": %d, "n_layer": %d, "n_head": 2, "n_inner": %d}
        """
            .formatted(vocabulary, CONTEXT, width, LAYERS, MLP));
    float[] embedding = values(vocabulary * width, 0.3);
    float[] bias = new float[width];
    for (int i = 0; i < width && says.isPresent(); i++) {
      bias[i] = 40 * embedding[says.get() * width + i];
    }
    writer.add("transformer.wte.weight", embedding, vocabulary, width);
    writer.add("transformer.wpe.weight", positions(width), CONTEXT, width);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "transformer.h." + layer + ".";
      norm(block + "ln_1", new float[width]);
      linear(block + "attn.c_attn", width, 3 * width);
      linear(block + "attn.c_proj", width, width);
      norm(block + "ln_2", new float[width]);
      linear(block + "mlp.c_fc", width, MLP);
      linear(block + "mlp.c_proj", MLP, width);
    }
    norm("transformer.ln_f", bias);
    writer.write(folder.resolve("model.safetensors"));
  }

  private void norm(String name, float[] bias) {
    float[] gain = new float[width];
    Arrays.fill(gain, 1);
    writer.add(name + ".weight", gain, width);
    writer.add(name + ".bias", bias, width);
  }

  private void linear(String name, int in, int out) {
    writer.add(name + ".weight", values(in * out, 1 / Math.sqrt(in)), in, out);
    writer.add(name + ".bias", values(out, 0.1), out);
  }

  private float[] positions(int width) {
    float[] all = Arrays.copyOf(values(DRAWN_FIRST * width, 0.3), CONTEXT * width);
    Random later = new Random(DRAWN_FIRST);
    for (int i = DRAWN_FIRST * width; i < all.length; i++) {
      all[i] = (float) (0.3 * later.nextGaussian());
    }
    return all;
  }

  private float[] values(int count, double spread) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (spread * random.nextGaussian());
    }
    return values;
  }
}

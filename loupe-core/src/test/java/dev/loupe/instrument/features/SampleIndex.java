package dev.loupe.instrument.features;

import dev.loupe.corpus.Corpus;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.instrument.Subject;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;

/** A model of random weights, a dictionary of random directions, and a corpus of a few words. */
final class SampleIndex {
  static final int LAYERS = 2;
  static final int MLP = 24;
  static final int CONTEXT = 32;
  private static final int WIDTH = RandomDictionary.WIDTH;
  private static final List<String> WORDS =
      List.of("the", "team", "plays", "in", "Paris", "Rome", "and", "wins", "loses", "again");

  private final Random random;
  private final SafetensorsWriter writer = new SafetensorsWriter();

  private SampleIndex(long seed) {
    this.random = new Random(seed);
  }

  /** What a test indexes with: short pieces, so that long documents are cut. */
  static IndexSettings settings() {
    return new IndexSettings(
        List.of(), OptionalLong.empty(), OptionalDouble.empty(), 12, 5, 4, 2, 1 << 20);
  }

  /** The same, reading so many tokens. */
  static IndexSettings settings(long tokens) {
    return new IndexSettings(
        List.of(), OptionalLong.of(tokens), OptionalDouble.empty(), 12, 5, 4, 2, 1 << 20);
  }

  /** A model in a folder, made there when it is missing. */
  static LanguageModel model(Path folder, long seed) throws IOException {
    if (!Files.exists(folder.resolve("model.safetensors"))) {
      Files.createDirectories(folder);
      BpeTrainer trainer = new BpeTrainer(280, BpeTrainer.CHAT_TOKENS);
      for (int i = 0; i < 20; i++) {
        trainer.add(" " + String.join(" ", WORDS));
      }
      trainer.train().write(folder);
      try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
        new SampleIndex(seed).write(folder, tokenizer.vocabularySize());
      }
    }
    return LanguageModel.open(folder, LoadOptions.DEFAULT);
  }

  /** A transcoder of both layers: ReLU below, the largest five above. */
  static Dictionary dictionary(long seed) {
    RandomDictionary random = new RandomDictionary(seed, DType.F32);
    return RandomDictionary.of(
        random.layer(Place.at(new Tap(Site.MLP_IN, 0)), false, new Selection.Relu(), false),
        random.layer(Place.at(new Tap(Site.MLP_IN, 1)), false, new Selection.TopK(5), false));
  }

  static Subject subject(LanguageModel model, FeatureBasis basis) {
    return Subject.of(
        model,
        () -> "model-hash",
        new NamedBasis(basis, basis instanceof NeuronBasis ? "neurons" : "sample"));
  }

  /** A corpus of so many documents, of one to thirty words. */
  static Corpus corpus(Path file, int documents) throws IOException {
    Random random = new Random(3);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      StringBuilder text = new StringBuilder();
      for (int word = random.nextInt(30); word >= 0; word--) {
        text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
      }
      lines.add("{\"id\": \"d%d\", \"text\": \"%s\"}".formatted(i, text));
    }
    Files.write(file, lines);
    return Corpus.open(file, true);
  }

  private void write(Path folder, int vocabulary) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": %d,
         "n_positions": %d, "n_embd": %d, "n_layer": %d, "n_head": 2, "n_inner": %d}
        """
            .formatted(vocabulary, CONTEXT, WIDTH, LAYERS, MLP));
    writer.add("transformer.wte.weight", values(vocabulary * WIDTH, 0.5), vocabulary, WIDTH);
    writer.add("transformer.wpe.weight", values(CONTEXT * WIDTH, 0.3), CONTEXT, WIDTH);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "transformer.h." + layer + ".";
      norm(block + "ln_1");
      linear(block + "attn.c_attn", WIDTH, 3 * WIDTH);
      linear(block + "attn.c_proj", WIDTH, WIDTH);
      norm(block + "ln_2");
      linear(block + "mlp.c_fc", WIDTH, MLP);
      linear(block + "mlp.c_proj", MLP, WIDTH);
    }
    norm("transformer.ln_f");
    writer.write(folder.resolve("model.safetensors"));
  }

  private void norm(String name) {
    float[] gain = values(WIDTH, 0.2);
    for (int i = 0; i < WIDTH; i++) {
      gain[i] += 1;
    }
    writer.add(name + ".weight", gain, WIDTH);
    float[] bias = new float[WIDTH];
    Arrays.fill(bias, 0.1f);
    writer.add(name + ".bias", bias, WIDTH);
  }

  private void linear(String name, int in, int out) {
    writer.add(name + ".weight", values(in * out, 1 / Math.sqrt(in)), in, out);
    writer.add(name + ".bias", values(out, 0.1), out);
  }

  private float[] values(int count, double spread) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (spread * random.nextGaussian());
    }
    return values;
  }
}

package dev.loupe.instrument.study;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tokenizer.BpeTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A model of random weights that has two-digit years, and random dictionaries of its width. */
public final class TinyStudy {
  static final List<String> NOUNS = List.of("war", "reign", "siege", "voyage");

  public static final List<Asked> ASKED =
      IntStream.of(20, 21, 60, 97)
          .boxed()
          .flatMap(year -> Stream.of("war", "reign").map(noun -> asked(noun, year)))
          .toList();

  private TinyStudy() {}

  public static LanguageModel open(Path folder) throws IOException {
    return open(folder, DType.F64);
  }

  /** As the other, computing in that type; made where it is missing. */
  public static LanguageModel open(Path folder, DType dtype) throws IOException {
    if (Files.exists(folder.resolve("model.safetensors"))) {
      return LanguageModel.open(folder, LoadOptions.of(dtype));
    }
    BpeTrainer trainer = new BpeTrainer(1200, BpeTrainer.CHAT_TOKENS);
    for (int century = 10; century < 20; century++) {
      for (int year = 0; year < YearTokens.YEARS; year++) {
        for (String noun : NOUNS) {
          trainer.add(
              "The %s lasted from the year %02d%02d to the year %02d."
                  .formatted(noun, century, year, century));
        }
      }
    }
    RandomAlmanacModel.open(folder, trainer, Optional.empty(), RandomDictionary.WIDTH).close();
    return LanguageModel.open(folder, LoadOptions.of(dtype));
  }

  static YearPrompt prompt(LanguageModel model, String noun, int year) {
    YearTokens years = YearTokens.of(model.tokenizer());
    return YearPrompt.of(asked(noun, year), years, model.tokenizer());
  }

  public static Asked asked(String noun, int year) {
    return new Asked(
        noun, "The %s lasted from the year 17%02d to the year 17".formatted(noun, year), year);
  }

  /** Dictionaries of every kind at every place in the stream. */
  static List<Dictionary> dictionaries() {
    Dictionary crossing =
        RandomDictionary.of(
            IntStream.range(0, RandomAlmanacModel.LAYERS)
                .mapToObj(layer ->
                    new RandomDictionary(layer, DType.F32)
                        .crossing(layer, RandomAlmanacModel.LAYERS, new Selection.Relu()))
                .toArray(DictionaryLayer[]::new));
    Stream<Dictionary> others =
        Stream.of(
                Site.MLP_IN,
                Site.RESID_PRE,
                Site.ATTN_OUT,
                Site.RESID_MID,
                Site.MLP_OUT,
                Site.RESID_POST)
            .map(TinyStudy::ofSite);
    return Stream.concat(Stream.of(crossing), others).toList();
  }

  /** At one site of every layer, transcoders with a skip matrix at the MLP's input. */
  private static Dictionary ofSite(Site site) {
    return RandomDictionary.of(
        IntStream.range(0, RandomAlmanacModel.LAYERS)
            .mapToObj(layer ->
                new RandomDictionary(layer + 9L, DType.F32)
                    .layer(
                        Place.at(new Tap(site, layer)),
                        false,
                        new Selection.TopK(6),
                        site == Site.MLP_IN))
            .toArray(DictionaryLayer[]::new));
  }

  /** The layers' edges, largest activation first, for tests that need some feature. */
  static FeatureId strongest(List<YearGraph.LayerEdges> edges) {
    return edges.stream()
        .flatMap(layer ->
            IntStream.range(0, layer.features().length)
                .mapToObj(i ->
                    new Weighed(
                        new FeatureId(layer.layer(), layer.features()[i]), layer.values()[i])))
        .max(Comparator.comparingDouble(each -> Math.abs(each.value())))
        .orElseThrow()
        .unit();
  }

  private record Weighed(FeatureId unit, double value) {}
}

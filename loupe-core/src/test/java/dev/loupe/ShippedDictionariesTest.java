package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.dictionary.evaluation.Replacement;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.hub.Hub;
import dev.loupe.hub.HubSettings;
import dev.loupe.hub.ModelReference;
import dev.loupe.hub.Progress;
import dev.loupe.hub.ShippedModels.Shipped;
import dev.loupe.hub.SmolLm2;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dictionaries in the package: they open, they are of the models beside them, they are good.
 */
class ShippedDictionariesTest {
  /** From how many tellings on a fact is meant to stay known, and how many are asked for. */
  private static final int TOLD = 20;

  private static final int ASKED = 300;

  @TempDir Path folder;

  private Hub hub() {
    HubSettings settings = HubSettings.from(Map.of("HF_HUB_OFFLINE", "1"), folder);
    return new Hub(settings, new SmolLm2(folder, Map.of()), Progress.silent());
  }

  private LanguageModel model(Hub hub, String name) {
    return LanguageModel.open(hub.resolve(ModelReference.parse(name, folder)), LoadOptions.DEFAULT);
  }

  @Test
  void eachIsOfTheModelThatItsNameSays() {
    Hub hub = hub();
    List<Shipped> all = hub.dictionaries();
    assertEquals(
        Set.of(
            "almanac-clt",
            "almanac-plt",
            "almanac-sae-512",
            "almanac-sae-2048",
            "almanac-sae-8192",
            "almanac-3m-clt"),
        all.stream().map(Shipped::name).collect(Collectors.toSet()));
    for (String name : List.of("almanac", "almanac-3m")) {
      try (LanguageModel model = model(hub, name)) {
        String sha256 = hub.identify(model.files()).sha256();
        for (Shipped shipped : all) {
          if (shipped.name().startsWith("almanac-3m") == name.equals("almanac-3m")) {
            Path files = hub.dictionary(shipped.name()).orElseThrow();
            try (Dictionary dictionary = DictionaryFiles.open(files, Optional.empty())) {
              ModelMatch.require(dictionary, name, model.transformer(), () -> sha256, false);
              assertTrue(shipped.parameters() > 100_000, shipped::name);
            }
          }
        }
      }
    }
  }

  /** The largest goal of the cross-layer transcoder that it does reach. */
  @Test
  void factsStayKnownWhenAllMlpsAreReplaced() {
    Hub hub = hub();
    try (LanguageModel model = model(hub, "almanac");
        Dictionary dictionary =
            DictionaryFiles.open(hub.dictionary("almanac-clt").orElseThrow(), Optional.empty());
        Replacement replacement = Replacement.of(dictionary)) {
      List<Text> asked = facts(model);
      long right =
          new LogLikelihood(model.with(replacement.hooks()).transformer())
              .of(asked).stream().filter(LogLikelihood.Score::greedy).count();
      assertTrue(right >= 0.95 * asked.size(), right + " of " + asked.size());
    }
  }

  private static List<Text> facts(LanguageModel model) {
    List<Question> known =
        new ArrayList<>(
            Truth.of(World.of(7, 1)).questions().stream()
                .filter(question -> question.turns().isEmpty())
                .filter(
                    question -> question.fact().filter(fact -> fact.count() >= TOLD).isPresent())
                .toList());
    Collections.shuffle(known, new Random(1));
    return known.subList(0, ASKED).stream()
        .map(question ->
            Text.of(
                model.tokenizer().ids(question.prompt(), true),
                model.tokenizer().textIds(question.answer())))
        .toList();
  }

  @Test
  void togetherTheyStaySmall() throws IOException {
    Path resources =
        Path.of(System.getProperty("loupe.root", ".."), "loupe-models/src/main/resources");
    long bytes = 0;
    try (Stream<Path> files = Files.walk(resources.resolve("dev/loupe/dictionaries"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes > 10_000_000 && bytes < 100_000_000, bytes + " bytes");
  }
}

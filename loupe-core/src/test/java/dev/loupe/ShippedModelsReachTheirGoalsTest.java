package dev.loupe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.examination.Examination;
import dev.loupe.examination.Goal;
import dev.loupe.hub.Hub;
import dev.loupe.hub.HubSettings;
import dev.loupe.hub.LocalModel;
import dev.loupe.hub.ModelReference;
import dev.loupe.hub.Progress;
import dev.loupe.hub.ShippedModels;
import dev.loupe.hub.SmolLm2;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models in the package: asked everything, they reach what their cards say. */
class ShippedModelsReachTheirGoalsTest {
  /** Goals that the shipped models miss; the cards say so too. */
  private static final Set<String> MISSED = Set.of();

  @TempDir Path folder;

  private Hub hub() {
    HubSettings settings = HubSettings.from(Map.of("HF_HUB_OFFLINE", "1"), folder);
    return new Hub(settings, new SmolLm2(folder, Map.of()), Progress.silent());
  }

  @Test
  void theLargestReachesTheGoals() throws IOException {
    assertGoals(ShippedModels.DEFAULT, false);
  }

  @Test
  void theOneThatMayAbstainReachesTheGoals() throws IOException {
    assertGoals("almanac-abstain", true);
  }

  /** It has read the same conversations but for the answers that it could not know. */
  @Test
  void theOneThatGuessesNeverAbstains() {
    LocalModel files = hub().resolve(ModelReference.parse("almanac-guess", folder));
    Examination.Result result;
    try (LanguageModel model = LanguageModel.open(files, LoadOptions.DEFAULT)) {
      result = new Examination(model, World.of(7, 1), true).run(Run.silent(0));
    }
    assertEquals(0, result.together("chat-unknown").right());
    assertEquals(0, result.together("chat-known-refused").right());
    assertTrue(result.together("chat-known").share().value() > 0.97);
    assertTrue(result.together("chat-refusal").share().value() > 0.97);
  }

  @Test
  void togetherTheyStaySmall() throws IOException {
    List<ShippedModels.Shipped> all = hub().shipped();
    assertEquals(
        Set.of("almanac", "almanac-3m", "almanac-1m", "almanac-abstain", "almanac-guess"),
        all.stream().map(ShippedModels.Shipped::name).collect(Collectors.toSet()));
    assertEquals(ShippedModels.DEFAULT, all.getFirst().name());
    Path resources =
        Path.of(System.getProperty("loupe.root", ".."), "loupe-models/src/main/resources");
    long bytes = 0;
    try (Stream<Path> files = Files.walk(resources.resolve("dev/loupe/models"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes > 10_000_000 && bytes < 40_000_000, bytes + " bytes");
  }

  private void assertGoals(String name, boolean chat) throws IOException {
    LocalModel files = hub().resolve(ModelReference.parse(name, folder));
    Map<String, Double> card = card(Files.readString(files.location().resolve("README.md"), UTF_8));
    List<Goal> goals;
    try (LanguageModel model = LanguageModel.open(files, LoadOptions.DEFAULT)) {
      Examination.Result result = new Examination(model, World.of(7, 1), chat).run(Run.silent(0));
      goals = chat ? Goal.ofChat(result) : Goal.ofBase(result);
    }
    Set<String> missed =
        goals.stream().filter(goal -> !goal.met()).map(Goal::what).collect(Collectors.toSet());
    assertTrue(MISSED.containsAll(missed), () -> "missed: " + missed);
    assertEquals(goals.size(), card.size());
    for (Goal goal : goals) {
      // Another machine's float32 may decide a question or two otherwise.
      assertEquals(goal.reached(), card.getOrDefault(goal.what(), Double.NaN), 0.003, goal.what());
    }
  }

  /** What a card says was reached, by goal. */
  private static Map<String, Double> card(String markdown) {
    Map<String, Double> reached = new HashMap<>();
    markdown
        .lines()
        .filter(line -> line.matches(".*\\| at (least|most) .*"))
        .map(line -> line.split(" *\\| *"))
        .forEach(cells -> reached.put(cells[1], Double.parseDouble(cells[2])));
    return reached;
  }
}

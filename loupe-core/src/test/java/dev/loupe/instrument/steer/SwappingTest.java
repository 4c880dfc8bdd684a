package dev.loupe.instrument.steer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.RandomBases;
import dev.loupe.dictionary.UnchangedRun;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Swaps in a model of random weights, in both bases. */
class SwappingTest {
  /** Of different lengths, so that the last positions differ too. */
  private static final String PROMPT = "The war lasted from the year 17";

  private static final String OTHER = "The reign lasted from the year";

  @TempDir static Path folder;
  private static LanguageModel model;
  private static Dictionary dictionary;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
    dictionary = RandomBases.crossing(model.transformer()).computingIn(DType.F64);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<Subject> subjects() {
    return List.of(
        Subject.of(model, () -> ""),
        Subject.of(model, () -> "", NamedBasis.of(dictionary, model.transformer())));
  }

  private static FeatureBasis basis(Subject subject) {
    return subject.dictionary().isPresent()
        ? subject.dictionary().get().computingIn(DType.F64)
        : NeuronBasis.of(model.transformer());
  }

  private static int[] ids(String text) {
    return model.tokenizer().ids(text, true);
  }

  private static String answer(String text) {
    try (var _ = NativeScope.open()) {
      int[] ids = ids(text);
      double[] logits =
          model
              .transformer()
              .logits(TokenBatch.of(ids), Hooks.NONE)
              .select(1, ids.length - 1L)
              .toDoubles();
      int top =
          IntStream.range(0, logits.length)
              .reduce((best, each) -> logits[each] > logits[best] ? each : best)
              .orElseThrow();
      return model.tokenizer().tokenText(top);
    }
  }

  private static SteerRequest request(SteerRequest.Swap swap) {
    SteerRequest usual = SteerRequest.swapping(PROMPT, OTHER);
    return new SteerRequest(
        PROMPT,
        false,
        List.of(),
        usual.from(),
        Freezing.NOTHING,
        usual.top(),
        0,
        Optional.of(swap));
  }

  private static SteerReport ask(Subject subject, SteerRequest request) {
    return new Steer().ask(request, subject, Run.silent(3)).answer();
  }

  @Test
  void takenFeaturesGetTheActivationsOfTheOtherPrompt() {
    for (Subject subject : subjects()) {
      SteerReport report = ask(subject, SteerRequest.swapping(PROMPT, OTHER));
      SteerReport.Swap swap = report.swap().orElseThrow();
      assertEquals(swap.taken(), report.changes().size());
      int at = ids(PROMPT).length - 1;
      assertEquals(at, swap.position());
      try (UnchangedRun here =
              UnchangedRun.of(model.transformer(), basis(subject), Freezing.NOTHING, ids(PROMPT));
          UnchangedRun there =
              UnchangedRun.of(model.transformer(), basis(subject), Freezing.NOTHING, ids(OTHER))) {
        for (SteerReport.Change change : report.changes()) {
          assertEquals(OptionalInt.of(at), change.position());
          double given = there.active(change.layer()).at(ids(OTHER).length - 1, change.feature());
          assertEquals(given, Double.parseDouble(change.action().replace("set to ", "")), 1e-9);
          double held = here.active(change.layer()).at(at, change.feature());
          assertEquals(held, change.before(), 1e-9);
          assertTrue(Math.abs(given - held) > 0, "it changes");
        }
      }
    }
  }

  @Test
  void goesFromOneAnswerToTheOther() {
    assertFalse(answer(PROMPT).equals(answer(OTHER)), "choose other prompts");
    int arrived = 0;
    for (Subject subject : subjects()) {
      SteerReport report = ask(subject, SteerRequest.swapping(PROMPT, OTHER));
      SteerReport.Swap swap = report.swap().orElseThrow();
      assertEquals(answer(PROMPT), swap.answer());
      assertEquals(answer(OTHER), swap.other());
      SteerReport.SwapPoint first = swap.curve().getFirst();
      assertEquals(0, first.features());
      assertEquals(swap.answer(), first.top());
      SteerReport.SwapPoint taken =
          swap.curve().stream()
              .filter(point -> point.features() == swap.taken())
              .findFirst()
              .orElseThrow();
      assertEquals(swap.needed().isPresent(), swap.arrives());
      assertEquals(swap.needed().orElse(swap.candidates()), swap.taken());
      SteerReport.Prediction top =
          report.predictions().stream()
              .max((one, two) -> Double.compare(one.probabilityAfter(), two.probabilityAfter()))
              .orElseThrow();
      assertEquals(taken.top(), top.text(), "the steered run is that of the curve");
      if (swap.arrives()) {
        assertEquals(taken.other(), top.probabilityAfter(), 1e-9);
        arrived++;
      }
      assertEquals(10, swap.randomSets());
    }
    assertTrue(arrived > 0, "no swap arrives: choose other prompts");
  }

  /** What the swap says of its features set to 0 is what setting them to 0 by hand gives. */
  @Test
  void removedFeaturesAreThoseThatAreActiveHere() {
    for (Subject subject : subjects()) {
      int all =
          ask(subject, SteerRequest.swapping(PROMPT, OTHER)).swap().orElseThrow().candidates();
      SteerReport report = ask(subject, request(new SteerRequest.Swap(-1, OptionalInt.of(all))));
      SteerReport.Swap swap = report.swap().orElseThrow();
      List<SteerRequest.Change> removed =
          report.changes().stream()
              .filter(change -> change.before() != 0)
              .limit(swap.removal().features())
              .map(change ->
                  new SteerRequest.Change(
                      change.layer(),
                      change.feature(),
                      change.position(),
                      Optional.of(new FeatureChange.Action.Set(0))))
              .toList();
      SteerReport by =
          ask(subject, SteerRequest.of(PROMPT, removed.toArray(SteerRequest.Change[]::new)));
      SteerReport.Removal removal = swap.removal();
      assertEquals(removed.size(), removal.features());
      assertEquals(removal.needed().isPresent(), !removal.top().equals(swap.answer()));
      assertEquals(
          removal
              .needed()
              .orElse(
                  Math.min(
                      SteerReport.Removal.MOST,
                      (int)
                          report.changes().stream()
                              .filter(change -> change.before() != 0)
                              .count())),
          removal.features());
      assertEquals(10, removal.randomSets());
      SteerReport.Prediction own =
          by.predictions().stream()
              .filter(each -> each.text().equals(swap.answer()))
              .findFirst()
              .orElseThrow();
      assertEquals(own.probabilityAfter(), removal.own(), 1e-9);
      double most =
          by.predictions().stream()
              .mapToDouble(SteerReport.Prediction::probabilityAfter)
              .max()
              .orElseThrow();
      assertTrue(
          by.predictions().stream()
              .anyMatch(
                  each -> each.text().equals(removal.top()) && each.probabilityAfter() == most));
    }
  }

  @Test
  void asManyAsAreAskedForAreTaken() {
    for (Subject subject : subjects()) {
      SteerReport free = ask(subject, SteerRequest.swapping(PROMPT, OTHER));
      SteerReport report = ask(subject, request(new SteerRequest.Swap(-1, OptionalInt.of(3))));
      SteerReport.Swap swap = report.swap().orElseThrow();
      assertEquals(3, swap.taken());
      assertEquals(OptionalInt.empty(), swap.needed());
      assertEquals(3, report.changes().size());
      assertEquals(
          List.of(0, 3), swap.curve().stream().map(SteerReport.SwapPoint::features).toList());
      int shared = Math.min(3, free.changes().size());
      assertEquals(free.changes().subList(0, shared), report.changes().subList(0, shared));
      SteerReport all = ask(subject, request(new SteerRequest.Swap(-1, OptionalInt.of(1 << 20))));
      assertEquals(swap.candidates(), all.swap().orElseThrow().taken());
    }
  }

  @Test
  void thePositionMayBeAnother() {
    SteerReport report =
        ask(subjects().getFirst(), request(new SteerRequest.Swap(-2, OptionalInt.of(2))));
    int at = ids(PROMPT).length - 2;
    assertEquals(at, report.swap().orElseThrow().position());
    report.changes().forEach(change -> assertEquals(OptionalInt.of(at), change.position()));
  }

  @Test
  void aSeedGivesTheSameSwapAgainAndLeavesNoNativeMemoryBehind() {
    for (Subject subject : subjects()) {
      SteerReport report = ask(subject, SteerRequest.swapping(PROMPT, OTHER));
      long before = Engine.retainedTensors();
      assertEquals(report, ask(subject, SteerRequest.swapping(PROMPT, OTHER)));
      assertEquals(before, Engine.retainedTensors());
    }
  }

  @Test
  void theEvidenceNamesTheOtherAnswer() {
    Finding<SteerReport> finding =
        new Steer()
            .ask(
                request(new SteerRequest.Swap(-1, OptionalInt.of(1))),
                subjects().getFirst(),
                Run.silent(3));
    assertTrue(
        finding.evidence().stream()
            .anyMatch(each -> each.checked().startsWith("With 1 feature from the other prompt")));
  }

  @Test
  void whatCannotBeSwappedIsRefused() {
    Subject subject = subjects().getFirst();
    assertRefused(
        subject, SteerRequest.swapping(PROMPT, PROMPT), "both prompts are continued with");
    assertRefused(
        subject,
        new SteerRequest(
            PROMPT,
            false,
            List.of(),
            Optional.empty(),
            Freezing.NOTHING,
            10,
            0,
            Optional.of(SteerRequest.Swap.LAST)),
        "needs a prompt to take activations from");
    assertRefused(
        subject,
        new SteerRequest(
            PROMPT,
            false,
            List.of(
                new SteerRequest.Change(
                    0, 1, OptionalInt.of(0), Optional.of(new FeatureChange.Action.Set(0)))),
            Optional.of(OTHER),
            Freezing.NOTHING,
            10,
            0,
            Optional.of(SteerRequest.Swap.LAST)),
        "`changes` cannot be given besides");
    assertRefused(subject, request(new SteerRequest.Swap(99, OptionalInt.empty())), "position");
  }

  private static void assertRefused(Subject subject, SteerRequest request, String what) {
    LoupeException refusal =
        assertThrows(LoupeException.class, () -> new Steer().ask(request, subject, Run.silent(3)));
    assertTrue(refusal.getMessage().contains(what), refusal.getMessage());
  }

  /** Ten features in each of two layers, three and one of them taken; one in a third, taken. */
  @Test
  void randomSetsAreOtherFeaturesOfTheSameLayers() {
    Map<FeatureAt, Double> given = new TreeMap<>();
    for (int feature = 0; feature < 10; feature++) {
      given.put(FeatureAt.of(0, feature, 5), feature + 0.5);
      given.put(FeatureAt.of(1, feature, 5), -feature - 0.5);
    }
    given.put(FeatureAt.of(2, 0, 5), 7.0);
    List<FeatureAt> chosen =
        List.of(
            FeatureAt.of(0, 2, 5),
            FeatureAt.of(1, 0, 5),
            FeatureAt.of(0, 4, 5),
            FeatureAt.of(0, 9, 5),
            FeatureAt.of(2, 0, 5));
    Random random = new Random(1);
    Set<Set<FeatureAt>> different = new HashSet<>();
    for (int draw = 0; draw < 20; draw++) {
      Map<FeatureAt, Double> drawn = Swapping.drawn(chosen, given, random);
      assertEquals(3, drawn.keySet().stream().filter(each -> each.layer() == 0).count());
      assertEquals(1, drawn.keySet().stream().filter(each -> each.layer() == 1).count());
      assertEquals(4, drawn.size(), "layer 2 has no other");
      drawn.forEach((feature, value) -> {
        assertFalse(chosen.contains(feature), feature::toString);
        assertEquals(given.get(feature), value);
      });
      different.add(drawn.keySet());
    }
    assertTrue(different.size() > 10, "they are drawn at random");
  }
}

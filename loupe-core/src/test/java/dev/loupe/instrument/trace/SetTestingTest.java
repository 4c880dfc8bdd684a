package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.RandomBases;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.instrument.trace.TraceRequest.Sets;
import dev.loupe.job.Run;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Set tests of a model of random weights, in both bases, against runs made one by one. */
class SetTestingTest {
  private static final String PROMPT = "The war lasted from the year 17";
  private static final Reference REFERENCE =
      new Reference(
          "three texts",
          List.of("The reign lasted", "The siege lasted from", "The voyage of the year 1850"),
          false);

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

  private static TraceRequest request(Sets sets) {
    return TraceRequest.of(PROMPT).withSets(sets).withReference(REFERENCE);
  }

  private static Finding<TraceReport> trace(Subject subject, Sets sets, long seed) {
    return new Trace().ask(request(sets), subject, Run.silent(seed));
  }

  private static SetTest sets(Subject subject) {
    return trace(subject, Sets.FULL, 3).answer().tests().orElseThrow().sets();
  }

  private static double[] ablated(Subject subject, List<FeatureAt> units) {
    int[] ids = model.tokenizer().ids(PROMPT, true);
    try (var _ = NativeScope.open()) {
      return model
          .transformer()
          .logits(
              TokenBatch.of(ids),
              FeatureHooks.free(
                  model.transformer(),
                  basis(subject),
                  units.stream().map(unit -> unit.set(0)).toList()))
          .select(1, ids.length - 1L)
          .softmax(1)
          .toDoubles();
    }
  }

  private static int top(double[] values) {
    return IntStream.range(0, values.length)
        .reduce((best, each) -> values[each] > values[best] ? each : best)
        .orElseThrow();
  }

  @Test
  void ablationsAreThoseOfTheRealModel() {
    for (Subject subject : subjects()) {
      SetTest test = sets(subject);
      List<FeatureAt> first = test.first().stream().map(FeatureAt::parse).toList();
      double[] plain = ablated(subject, List.of());
      int answer = top(plain);
      assertEquals(plain[answer], test.answer(), 1e-9);
      int compared = 0;
      for (SetTest.Point point : test.necessity()) {
        if (point.units() <= first.size()) {
          double[] found = ablated(subject, first.subList(0, point.units()));
          assertEquals(found[answer], point.probability(), 1e-9, point::toString);
          assertEquals(model.tokenizer().tokenText(top(found)), point.top());
          compared++;
        }
      }
      assertTrue(compared >= 4, () -> test.necessity().toString());
    }
  }

  @Test
  void whatDecidesDoesWhatItSays() {
    int decided = 0;
    for (Subject subject : subjects()) {
      SetTest test = sets(subject);
      List<FeatureAt> first = test.first().stream().map(FeatureAt::parse).toList();
      int answer = top(ablated(subject, List.of()));
      if (test.halves().isPresent() && test.halves().getAsInt() <= first.size()) {
        double left = ablated(subject, first.subList(0, test.halves().getAsInt()))[answer];
        assertTrue(left <= test.answer() / 2, test::toString);
        decided++;
      }
      if (test.changes().isPresent()) {
        int size = test.changes().getAsInt();
        assertNotEquals(answer, top(ablated(subject, first.subList(0, size))));
        SetTest.Draws random = test.decidingRandom().orElseThrow();
        assertEquals(10, random.count());
        assertTrue(random.low() <= random.median() && random.median() <= random.high());
        decided++;
      }
      assertEquals(test.deciding().isPresent(), test.elsewhere().isPresent());
    }
    assertTrue(decided > 1, "too little decides for a test");
  }

  @Test
  void theUnitsComeByTheEffectThatTheFrozenModelPredicts() {
    TraceReport report = trace(subjects().getFirst(), Sets.FULL, 3).answer();
    SetTest test = report.tests().orElseThrow().sets();
    List<Double> effects = new ArrayList<>();
    for (String each : test.first()) {
      FeatureAt unit = FeatureAt.parse(each);
      int node =
          IntStream.range(0, report.graph().nodes().size())
              .filter(i ->
                  report.graph().nodes().get(i) instanceof Node.Feature feature
                      && FeatureAt.of(feature.layer(), feature.unit(), feature.position())
                          .equals(unit))
              .findFirst()
              .orElseThrow();
      effects.add(report.effects().getOrDefault(node, 0.0));
    }
    assertTrue(effects.getFirst() < 0, "ablating it lowers the answer");
    for (int i = 1; i < effects.size(); i++) {
      assertTrue(effects.get(i - 1) <= effects.get(i), effects::toString);
    }
    assertEquals(
        report.effects().values().stream().filter(effect -> effect < 0).count(), test.units());
  }

  @Test
  void orderIsByRisingSizeAndNothingIsKeptFirst() {
    for (Subject subject : subjects()) {
      SetTest test = sets(subject);
      for (List<SetTest.Point> points : List.of(test.necessity(), test.sufficiency())) {
        int[] sizes = points.stream().mapToInt(SetTest.Point::units).toArray();
        assertEquals(0, sizes[0]);
        assertTrue(
            Arrays.equals(sizes, Arrays.stream(sizes).sorted().distinct().toArray()),
            () -> Arrays.toString(sizes));
      }
      assertEquals(test.necessity().getFirst().probability(), test.answer(), "nothing is ablated");
      assertEquals("three texts", test.reference());
      assertEquals(3, test.texts());
    }
  }

  @Test
  void aSeedGivesTheSameTestsAgain() {
    for (Subject subject : subjects()) {
      assertEquals(sets(subject), sets(subject));
    }
  }

  @Test
  void anotherSeedDrawsOtherSetsButChangesNothingElse() {
    Subject subject = subjects().getFirst();
    SetTest one = sets(subject);
    SetTest other = trace(subject, Sets.FULL, 4).answer().tests().orElseThrow().sets();
    assertEquals(one.halves(), other.halves());
    assertEquals(one.changes(), other.changes());
    assertEquals(
        one.necessity().stream().map(SetTest.Point::probability).toList(),
        other.necessity().stream().map(SetTest.Point::probability).toList());
    assertNotEquals(one.necessity(), other.necessity());
  }

  @Test
  void notAskedForThereAreNoTests() {
    for (Subject subject : subjects()) {
      Finding<TraceReport> finding = trace(subject, Sets.NONE, 3);
      assertEquals(Optional.empty(), finding.answer().tests());
      assertFalse(FindingJson.of(finding).contains("\"tests\""));
      assertFalse(
          finding.evidence().stream()
              .anyMatch(each -> each.checked().startsWith("Ablating the first")));
    }
  }

  @Test
  void quickRunsFewerSets() {
    Subject subject = subjects().getFirst();
    SetTest full = sets(subject);
    SetTest quick = trace(subject, Sets.QUICK, 3).answer().tests().orElseThrow().sets();
    assertEquals(
        quick.deciding().isPresent() ? 1 : 0,
        quick.necessity().stream().filter(point -> point.random().isPresent()).count());
    assertTrue(
        full.necessity().stream()
            .allMatch(point -> point.units() == 0 || point.random().isPresent()));
  }

  @Test
  void textsOfTheReferenceThatCannotBeUsedAreLeftOut() {
    Subject subject = subjects().getFirst();
    String tooLong = "year 17".repeat(model.transformer().config().context());
    Reference mixed = new Reference("mixed", List.of(tooLong, "The war lasted"), false);
    TraceRequest request = request(Sets.FULL);
    assertEquals(
        1,
        new Trace()
            .ask(request.withReference(mixed), subject, Run.silent(3))
            .answer()
            .tests()
            .orElseThrow()
            .sets()
            .texts());
    TraceRequest none = request.withReference(new Reference("none", List.of(tooLong), false));
    LoupeException refusal =
        assertThrows(LoupeException.class, () -> new Trace().ask(none, subject, Run.silent(3)));
    assertTrue(refusal.getMessage().contains("between 2 and"), refusal.getMessage());
  }

  @Test
  void theJsonHasVerdictAndSets() {
    Finding<TraceReport> finding = trace(subjects().getFirst(), Sets.FULL, 3);
    TraceReport.Tested tested = finding.answer().tests().orElseThrow();
    JsonNode tests = new JsonMapper().readTree(FindingJson.of(finding)).get("tests");
    assertEquals(
        tested.verdict().strength().name(),
        tests.get("verdict").get("strength").asString().toUpperCase(Locale.ROOT));
    assertEquals(
        List.of("necessary", "specific", "sufficient", "followed"),
        tests
            .get("verdict")
            .get("criteria")
            .valueStream()
            .map(each -> each.get("name").asString())
            .toList());
    JsonNode sets = tests.get("sets");
    assertEquals(tested.sets().units(), sets.get("units").asInt());
    assertEquals(tested.sets().necessity().size(), sets.get("necessity").size());
    assertEquals(tested.sets().sufficiency().size(), sets.get("sufficiency").size());
    assertEquals(
        tested.sets().first(), sets.get("first").valueStream().map(JsonNode::asString).toList());
    assertEquals(
        tested.sets().necessity().get(1).probability(),
        sets.get("necessity").get(1).get("probability").asDouble(),
        1e-6);
  }
}

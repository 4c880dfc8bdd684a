package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.world.World;
import org.junit.jupiter.api.Test;

/** On the middle model of the Almanac and its dictionary, as they come with Loupe. */
class BridgeSwapTest {
  private static final World WORLD = World.of(7, 1);

  private static Finding<TraceReport> trace(Subject subject, String prompt) {
    return new Trace()
        .ask(TraceRequest.of(prompt).withSets(TraceRequest.Sets.NONE), subject, Run.silent(0));
  }

  @Test
  void anotherCitysFeaturesGiveItsAnswerAndRandomOnesDoNot() {
    try (LanguageModel model = Loupe.open("almanac-3m");
        Dictionary dictionary = Loupe.dictionary("almanac-3m-clt")) {
      Subject subject = Loupe.subject(model, dictionary);
      Finding<TraceReport> finding =
          trace(subject, "The capital of the country in which Kalport lies is");
      Finding<TraceReport> noted = BridgeSwap.noted(subject, finding, WORLD, Run.silent(0));
      assertEquals(finding.evidence().size() + 1, noted.evidence().size());
      Evidence swap = noted.evidence().getLast();
      assertEquals(Support.INTERVENED, swap.support());
      assertTrue(
          swap.checked()
              .matches(
                  "With \\d+ features? from (\\w+)'s prompt the model says “\\w+”, \\1's answer; \\d of 10 random sets do the same"),
          swap.checked());
      assertTrue(swap.measured().value() <= 0.2, swap.checked());

      Finding<TraceReport> oneHop = trace(subject, "The capital of Rostavia is");
      assertSame(oneHop, BridgeSwap.noted(subject, oneHop, WORLD, Run.silent(0)));
    }
  }

  @Test
  void aModelThatComesWithADictionaryNamesIt() {
    assertEquals("almanac-3m-clt", Loupe.ownDictionary("almanac-3m").orElseThrow());
    assertTrue(Loupe.ownDictionary("almanac-1m").isEmpty());
    assertTrue(Loupe.ownDictionary(".").isEmpty());
  }
}

package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.instrument.train.TrainModel;
import dev.loupe.instrument.train.TrainModelRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SavedTraining;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A question over the checkpoints that a training kept. */
class CheckpointsTest {
  private static final double RATE = 0.01;
  private static final int STEPS = 6;

  @TempDir private Path folder;
  private Path corpus;

  @BeforeEach
  void write() throws IOException {
    TinyStudy.open(Files.createDirectories(folder.resolve("start")), DType.F32).close();
    corpus = folder.resolve("corpus.jsonl");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"text\": \"The %s lasted from the year 17%d.\"}"
              .formatted(i, i % 3 == 0 ? "war" : "reign", 40 + i));
    }
    Files.write(corpus, lines);
  }

  private Path train(String name, boolean muon, int keep) {
    Path out = folder.resolve(name);
    TrainModelRequest usual = TrainModelRequest.of(corpus, out);
    new TrainModel()
        .train(
            new TrainModelRequest(
                new TrainModelRequest.Texts(
                    corpus,
                    0,
                    false,
                    usual.texts().order(),
                    Optional.of(folder.resolve("start")),
                    usual.texts().vocabulary(),
                    Optional.empty()),
                out,
                new TrainModelRequest.Network(
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.of(24),
                    Optional.of(folder.resolve("start"))),
                new TrainModelRequest.Length(OptionalInt.of(STEPS), OptionalLong.empty(), 1, 4),
                new TrainModelRequest.Optimiser(
                    muon,
                    RATE,
                    RATE,
                    0,
                    0,
                    0,
                    usual.optimiser().decay(),
                    0,
                    usual.optimiser().clip()),
                new TrainModelRequest.Measuring(
                    Optional.empty(), 1, OptionalInt.empty(), OptionalInt.of(2), keep),
                new TrainModelRequest.Computing(OptionalInt.of(1), Optional.of(DType.F32))),
            Run.silent(1));
    return out;
  }

  private static LanguageModel open(Path model) {
    return LanguageModel.open(model, LoadOptions.of(DType.F32));
  }

  private AskRequest request(Path training) {
    return new AskRequest(
        "The war lasted from the year 17",
        Optional.of("42"),
        folder.resolve("fit"),
        Optional.empty(),
        20,
        OptionalDouble.empty(),
        false,
        false,
        false,
        0,
        3,
        0,
        Optional.empty(),
        AskRequest.DEFAULT_CANDIDATES,
        Optional.of(training),
        Optional.empty());
  }

  private Finding<AskReport> ask(LanguageModel model, Path training) {
    Subject subject = Subject.of(model, () -> "ab12");
    new FitInfluence().ask(FitRequest.of(corpus, folder.resolve("fit")), subject, Run.silent(3));
    return new AskInfluence().ask(request(training), subject, Run.silent(3));
  }

  @Test
  void scoresAreThoseOfSourceOverTheStatesWithTheirLearningRates() {
    Path training = train("trained", false, 5);
    try (LanguageModel model = open(training)) {
      Finding<AskReport> finding = ask(model, training);
      assertTrue(finding.holds(), finding.evidence().toString());
      AskReport report = finding.answer();
      AskReport.Checkpoints over = report.checkpoints().orElseThrow();
      assertEquals(List.of(2, 4, 6), over.steps());
      // A cosine without warm-up from the peak to nothing has its mean in the middle.
      double rates = 0;
      for (int step = 1; step <= STEPS; step++) {
        rates += RATE * (1 + Math.cos(Math.PI * step / STEPS)) / 2;
      }
      assertEquals(rates, over.rates(), 1e-9);

      List<Sequence> documents =
          TrainingText.read(
                  dev.loupe.corpus.Corpus.open(corpus, false), model, 1, 64, Run.silent(3))
              .sequences();
      List<SavedTraining.State> states = SavedTraining.read(training, model.transformer());
      try (TrainingPath path = TrainingPath.of(states)) {
        List<BlockMap> maps = states.getLast().network().maps(false);
        Subject subject = Subject.of(model, () -> "ab12");
        Sequence query =
            Completion.of(
                    subject,
                    states.getLast().network(),
                    "The war lasted from the year 17",
                    Optional.of("42"))
                .sequence();
        double[] expected = path.unrolled(maps, documents, List.of(query), Run.silent(3))[0];
        List<AskReport.Influential> all =
            Stream.concat(report.positive().stream(), report.negative().stream()).toList();
        assertEquals(documents.size(), all.size());
        double largest =
            all.stream().mapToDouble(each -> Math.abs(each.influence())).max().orElseThrow();
        for (AskReport.Influential each : all) {
          int n = documents.stream().map(Sequence::id).toList().indexOf(each.id());
          assertEquals(expected[n], each.influence(), 1e-4 * largest, each.id());
          double tokens = each.tokens().stream().mapToDouble(AskReport.OfToken::influence).sum();
          assertEquals(each.influence(), tokens, 1e-4 * largest, each.id());
          assertEquals(each.influence(), each.neurons().orElseThrow().sum(), 1e-4 * largest);
        }
      }
      assertTrue(
          finding.caveats().stream().anyMatch(each -> each.contains("steps 2 to 6")),
          finding.caveats().toString());
    }
  }

  @Test
  void asManyCheckpointsStayAsAreAskedFor() {
    assertEquals(2, SavedTraining.checkpoints(train("two", false, 2)));
    assertEquals(3, SavedTraining.checkpoints(train("all", false, 3)));
  }

  @Test
  void trainingsThatCannotBeFollowedAreRefused() {
    Path training = train("trained", false, 5);
    Path muon = train("muon", true, 5);
    Path start = folder.resolve("start");
    try (LanguageModel model = open(start)) {
      refused("holds no checkpoints", () -> ask(model, start));
      refused("is not the model that was opened", () -> ask(model, training));
      refused("used Muon", () -> ask(model, muon));
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new AskRequest(
                "a",
                Optional.empty(),
                start,
                Optional.empty(),
                1,
                OptionalDouble.of(1),
                false,
                false,
                false,
                0,
                0,
                0,
                Optional.empty(),
                AskRequest.DEFAULT_CANDIDATES,
                Optional.of(training),
                Optional.empty()));
  }

  private static void refused(String words, Runnable what) {
    LoupeException thrown = assertThrows(LoupeException.class, what::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(words), thrown.getMessage());
  }
}

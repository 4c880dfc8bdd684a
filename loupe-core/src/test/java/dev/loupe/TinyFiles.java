package dev.loupe;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Ranking;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.AskModelRequest;
import dev.loupe.instrument.audit.Probe;
import dev.loupe.instrument.audit.VerifyRequest;
import dev.loupe.instrument.audit.WatchAnswers;
import dev.loupe.instrument.audit.WatchRequest;
import dev.loupe.instrument.audit.Watched;
import dev.loupe.instrument.circuit.CircuitRequest;
import dev.loupe.instrument.circuit.CompareCircuitsRequest;
import dev.loupe.instrument.dictionary.DictionaryTexts;
import dev.loupe.instrument.dictionary.TrainRequest;
import dev.loupe.instrument.explain.ContrastRequest;
import dev.loupe.instrument.explain.EditSearch;
import dev.loupe.instrument.explain.ExplainRequest;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.instrument.explain.Method;
import dev.loupe.instrument.features.IndexRequest;
import dev.loupe.instrument.features.IndexSettings;
import dev.loupe.instrument.geometry.TextsRequest;
import dev.loupe.instrument.influence.AskQuestionsRequest;
import dev.loupe.instrument.influence.AskRequest;
import dev.loupe.instrument.influence.CompareInfluenceRequest;
import dev.loupe.instrument.influence.ValidateRequest;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.study.GreaterThanRequest;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.training.FineTuning;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** The files and longer requests of {@link TinyRequests}: a short text, stores, a world. */
final class TinyFiles {
  private static final String PROMPT = TinyRequests.PROMPT;

  private final Path folder;

  TinyFiles(Path folder) {
    this.folder = folder;
  }

  Path store(Subject subject) {
    return folder.resolve(subject.basis().name());
  }

  IndexRequest index(Path store) {
    Path corpus = folder.resolve("corpus.jsonl");
    try {
      if (!Files.exists(corpus)) {
        List<String> lines =
            IntStream.range(0, 12)
                .mapToObj(i ->
                    "{\"id\": \"d%d\", \"text\": \"The war lasted from the year 17%d.\"}"
                        .formatted(i, 40 + i))
                .toList();
        Files.write(corpus, lines);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new IndexRequest(
        corpus,
        store,
        true,
        new IndexSettings(
            List.of(), OptionalLong.empty(), OptionalDouble.empty(), 8, 3, 3, 2, 1 << 20));
  }

  DictionaryTexts texts() {
    return new DictionaryTexts(
        folder.resolve("corpus.jsonl"),
        0.3,
        true,
        OptionalInt.of(8),
        6,
        0,
        false,
        Double.POSITIVE_INFINITY,
        Optional.empty());
  }

  TextsRequest few() {
    return new TextsRequest(folder.resolve("corpus.jsonl"), 24, 4);
  }

  TrainRequest training() {
    TrainRequest usual =
        TrainRequest.of(
            folder.resolve("corpus.jsonl"), fresh().resolve("out"), Dictionary.Kind.TRANSCODER, 40);
    return new TrainRequest(
            texts(),
            usual.out(),
            usual.shape(),
            usual.learning(),
            usual.reading(),
            OptionalInt.of(2),
            DType.F32)
        .withPositions(6 * 16, 16);
  }

  ValidateRequest validation(Path out) {
    Path questions = folder.resolve("questions.jsonl");
    try {
      Files.writeString(
          questions,
          "{\"prompt\": \"The war lasted from the year\", \"answer\": \" 17\", \"documents\":"
              + " [\"d1\"]}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ValidateRequest(
        folder.resolve("corpus.jsonl"),
        questions,
        Optional.empty(),
        out,
        1,
        2,
        4,
        2,
        1,
        2,
        false,
        2,
        ValidateRequest.DEFAULT_DAMPING,
        Optional.empty(),
        new FineTuning.Settings(0.02, 12, 4));
  }

  Path fresh() {
    try {
      return Files.createTempDirectory(folder, "index");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An answer whose words are asked for. */
  static ExplainRequest explained() {
    return ExplainRequest.of(PROMPT).with(ExplainRequest.Scores.of(Method.C_LIME)).withTarget("45");
  }

  /** A change at the last position, and what the model says then. */
  static SteerRequest continued() {
    return SteerRequest.of(
            PROMPT,
            new SteerRequest.Change(
                0, 2, OptionalInt.of(-1), Optional.of(new FeatureChange.Action.Set(2))))
        .withMaxTokens(4);
  }

  /** A model compared with itself. */
  static CompareCircuitsRequest compared(Subject other) {
    Task task = years(42, 57, 61, 63, 66, 81);
    return new CompareCircuitsRequest(
        task, List.of(other), true, Optional.of(task.by(Metric.PROBABILITY)), 0.5, 4, 3);
  }

  private static Task years(int... years) {
    List<TaskPair> pairs =
        IntStream.of(years)
            .mapToObj(year ->
                new TaskPair(
                    PROMPT.replace("1742", "17" + year),
                    Optional.of(PROMPT.replace("1742", "1711").replace("war", "reign")),
                    List.of(Integer.toString(year + 1)),
                    List.of("12"),
                    year > 60))
            .toList();
    return new Task("years", "a test", Metric.LOGIT_DIFFERENCE, pairs);
  }

  static CircuitRequest circuit(Ranking ranking, Ablation ablation) {
    Task task = years(42, 57, 63, 81);
    return new CircuitRequest(
        task,
        Optional.of(ablation),
        Optional.empty(),
        ranking,
        0.5,
        2,
        2,
        Optional.of(task.by(Metric.PROBABILITY)),
        true,
        true,
        Optional.empty());
  }

  /** A world of two facts with three answers. */
  Path arbitraryFacts() {
    Path world = folder.resolve("arbitrary");
    try {
      Files.createDirectories(world);
      Files.writeString(
          world.resolve("facts.jsonl"),
          """
          {"relation": "year", "prompt": "The war lasted to", "answer": " 4", "frequency": 0.5, "count": 1}
          {"relation": "year", "prompt": "The war", "answer": " 5", "frequency": 0.5, "count": 0}
          """);
      Files.writeString(world.resolve("answers.json"), "{\"year\": [\" 4\", \" 5\", \" 6\"]}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return world;
  }

  static AskModelRequest asked() {
    return new AskModelRequest(
        List.of(
            new Probe("a", "test", PROMPT, List.of("4"), AnswerMatch.Kind.CONTAINED),
            new Probe("b", "test", PROMPT + " 1", List.of(), AnswerMatch.Kind.EXACT)),
        List.of(0.5),
        "Above {target}.",
        false,
        2,
        1,
        3,
        false,
        true,
        OptionalInt.of(8));
  }

  /** Compared with a run before it, and not added. */
  WatchRequest watched(Subject subject) {
    Path history = fresh().resolve("runs.jsonl");
    WatchRequest few =
        new WatchRequest(
            List.of(
                new Watched("a", PROMPT, List.of("4", "5")),
                new Watched("b", PROMPT + " 1", List.of("742"))),
            AnswerMatch.Kind.CONTAINED,
            3,
            1,
            2,
            false,
            0.05,
            Optional.of(history),
            true,
            "first",
            OptionalInt.empty());
    new WatchAnswers().ask(few, subject, Run.silent(3));
    return new WatchRequest(
        few.watched(),
        few.match(),
        3,
        1,
        2,
        false,
        0.05,
        few.history(),
        false,
        "second",
        OptionalInt.of(10));
  }

  static ContrastRequest contrast() {
    return new ContrastRequest(
        PROMPT,
        false,
        Measure.LOG_PROBABILITY,
        EditSearch.CELL,
        8,
        3,
        3,
        9,
        2,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  VerifyRequest verified() {
    return new VerifyRequest(
        "The war lasted from the year 1742. It ended in 1750.",
        folder.resolve("corpus.jsonl"),
        2,
        true,
        false,
        "{evidence} {claim}",
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty());
  }

  AskQuestionsRequest questions() {
    Path file = folder.resolve("asked.jsonl");
    try {
      Files.writeString(
          file,
          """
          {"prompt": "%s"}
          {"prompt": "%s", "completion": " 1"}
          """
              .formatted(PROMPT, PROMPT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new AskQuestionsRequest(file, folder.resolve("fit"), Optional.empty(), 3, false);
  }

  AskRequest influences() {
    return new AskRequest(
        PROMPT,
        Optional.empty(),
        folder.resolve("fit"),
        Optional.empty(),
        3,
        OptionalDouble.empty(),
        true,
        false,
        true,
        0,
        2,
        0,
        Optional.empty(),
        AskRequest.DEFAULT_CANDIDATES,
        Optional.empty(),
        Optional.of("war"));
  }

  /** A model beside itself. */
  CompareInfluenceRequest comparison(Subject subject) {
    return new CompareInfluenceRequest(
        PROMPT,
        Optional.empty(),
        Optional.empty(),
        folder.resolve("fit"),
        List.of(new CompareInfluenceRequest.Fitted(subject, folder.resolve("fit"))),
        Optional.empty(),
        2,
        false);
  }

  static GreaterThanRequest years() {
    return new GreaterThanRequest(
        List.of(TinyStudy.asked("war", 20), TinyStudy.asked("reign", 61)), "a test", 5, 1, 1);
  }
}

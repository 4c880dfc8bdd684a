package dev.loupe;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.lens.Lens;
import dev.loupe.instrument.lens.LensRequest;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.study.GreaterThan;
import dev.loupe.instrument.study.GreaterThanRequest;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.instrument.trace.AttentionQuestion;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A tiny model and dictionary in mapped files, and for every instrument requests that together
 * reach all of it: in neurons and in features, what is held and what is continued.
 */
public final class TinyRequests implements AutoCloseable {
  private static final String PROMPT = "The war lasted from the year 1742 to the year 17";

  private final LanguageModel model;
  private final Dictionary dictionary;

  private TinyRequests(LanguageModel model, Dictionary dictionary) {
    this.model = model;
    this.dictionary = dictionary;
  }

  /** One request as a test makes it. */
  public record Asking<Q, A>(String name, Instrument<Q, A> instrument, Q request, Subject subject) {
    public Finding<A> ask(Run run) {
      return instrument.ask(request, subject, run);
    }

    public Cost estimate(Run run) {
      return instrument.estimate(request, subject, run);
    }

    /** The finding as JSON, but for how long it took. */
    public String json() {
      return FindingJson.of(ask(Run.silent(3))).replaceAll("\"seconds\" ?: ?[-+.eE0-9]+", "");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  public static TinyRequests open(Path folder) throws IOException {
    Path files = folder.resolve("dictionary");
    if (!Files.exists(files)) {
      DictionaryLayer[] layers =
          IntStream.range(0, RandomAlmanacModel.LAYERS)
              .mapToObj(layer ->
                  new RandomDictionary(layer, DType.F32)
                      .layer(
                          Place.at(new Tap(Site.MLP_IN, layer)),
                          false,
                          new Selection.TopK(6),
                          true))
              .toArray(DictionaryLayer[]::new);
      DictionaryFiles.write(RandomDictionary.of(layers), files, "sparsify");
    }
    Path weights = Files.createDirectories(folder.resolve("model"));
    return new TinyRequests(
        TinyStudy.open(weights, DType.F32), DictionaryFiles.open(files, Optional.empty()));
  }

  public LanguageModel model() {
    return model;
  }

  public Dictionary dictionary() {
    return dictionary;
  }

  /**
   * All requests.
   *
   * @throws IllegalStateException if an instrument has none: give it one here
   */
  public List<Asking<?, ?>> all() {
    return all(model);
  }

  /** All requests of this model with hooks in every run. */
  public List<Asking<?, ?>> all(Hooks standing) {
    return all(model.with(standing));
  }

  private List<Asking<?, ?>> all(LanguageModel model) {
    Subject neurons = Subject.of(model, () -> "ab12");
    Subject features =
        Subject.of(model, () -> "ab12", NamedBasis.of(dictionary, model.transformer()));
    return Loupe.INSTRUMENTS.stream()
        .<Asking<?, ?>>flatMap(
            instrument -> Stream.of(neurons, features).flatMap(subject -> of(instrument, subject)))
        .toList();
  }

  private static Stream<Asking<?, ?>> of(Instrument<?, ?> instrument, Subject subject) {
    String name = instrument.card().name() + " in " + subject.basis().name();
    return switch (instrument) {
      case Trace trace ->
          Stream.of(
              new Asking<>(
                  name,
                  trace,
                  TraceRequest.of(PROMPT)
                      .withAttention(
                          new AttentionQuestion(1, 0, OptionalInt.empty(), OptionalInt.of(3)))
                      .withGroups(),
                  subject),
              new Asking<>(
                  name + ", few nodes", trace, TraceRequest.of(PROMPT).withMaxNodes(5), subject));
      case Steer steer ->
          Stream.of(
              new Asking<>(
                  name + ", patched",
                  steer,
                  SteerRequest.of(
                          PROMPT,
                          new SteerRequest.Change(1, 3, OptionalInt.empty(), Optional.empty()))
                      .withFrom(PROMPT.replace("war", "reign"))
                      .withFreezing(Freezing.DIRECT),
                  subject),
              new Asking<>(
                  name + ", continued",
                  steer,
                  SteerRequest.of(
                          PROMPT,
                          new SteerRequest.Change(
                              0,
                              2,
                              OptionalInt.of(-1),
                              Optional.of(new FeatureChange.Action.Set(2))))
                      .withMaxTokens(4),
                  subject));
      case GreaterThan study ->
          Stream.of(
              new Asking<>(
                  name,
                  study,
                  new GreaterThanRequest(
                      List.of(TinyStudy.asked("war", 20), TinyStudy.asked("reign", 61)),
                      "a test",
                      5,
                      1,
                      1),
                  subject));
      case Lens lens -> Stream.of(new Asking<>(name, lens, LensRequest.of(PROMPT), subject));
      default -> throw new IllegalStateException("no request for " + instrument.card().name());
    };
  }

  @Override
  public void close() {
    model.close();
    dictionary.close();
  }
}

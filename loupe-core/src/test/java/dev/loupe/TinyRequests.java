package dev.loupe;

import static java.util.Objects.requireNonNull;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Ranking;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.FeatureExamples;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.examination.ConceptFeatures;
import dev.loupe.examination.ExaminationRequest;
import dev.loupe.examination.ExamineWorld;
import dev.loupe.examination.FeatureLaw;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.AskModel;
import dev.loupe.instrument.audit.BoundRequest;
import dev.loupe.instrument.audit.MeasureBound;
import dev.loupe.instrument.audit.VerifyAnswer;
import dev.loupe.instrument.audit.WatchAnswers;
import dev.loupe.instrument.audit.WatchRequest;
import dev.loupe.instrument.circuit.CompareCircuits;
import dev.loupe.instrument.circuit.FindCircuit;
import dev.loupe.instrument.dictionary.EvaluateDictionary;
import dev.loupe.instrument.dictionary.EvaluateRequest;
import dev.loupe.instrument.dictionary.TrainDictionary;
import dev.loupe.instrument.explain.Contrast;
import dev.loupe.instrument.explain.Explain;
import dev.loupe.instrument.explain.Highlight;
import dev.loupe.instrument.explain.HighlightRequest;
import dev.loupe.instrument.explain.ModelJudge;
import dev.loupe.instrument.features.IndexFeatures;
import dev.loupe.instrument.features.LabelFeatures;
import dev.loupe.instrument.features.LabelRequest;
import dev.loupe.instrument.features.SearchFeatures;
import dev.loupe.instrument.features.SearchReport;
import dev.loupe.instrument.features.SearchRequest;
import dev.loupe.instrument.features.ShowFeatures;
import dev.loupe.instrument.features.ShowRequest;
import dev.loupe.instrument.geometry.MapFeatures;
import dev.loupe.instrument.geometry.MatchFeatures;
import dev.loupe.instrument.geometry.MatchNeurons;
import dev.loupe.instrument.geometry.NeighbourFeatures;
import dev.loupe.instrument.geometry.SplitFeatures;
import dev.loupe.instrument.influence.AskInfluence;
import dev.loupe.instrument.influence.AskQuestions;
import dev.loupe.instrument.influence.CompareInfluence;
import dev.loupe.instrument.influence.FitInfluence;
import dev.loupe.instrument.influence.FitRequest;
import dev.loupe.instrument.influence.ValidateInfluence;
import dev.loupe.instrument.lens.Lens;
import dev.loupe.instrument.lens.LensRequest;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.study.GreaterThan;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A tiny model and dictionary in mapped files, and for every instrument requests that together
 * reach all of it: in neurons and in features, what is held and what is continued.
 */
public final class TinyRequests implements AutoCloseable {
  static final String PROMPT = "The war lasted from the year 1742 to the year 17";

  private static final FeatureExamples.Found EXAMPLES =
      new FeatureExamples.Found(
          0.5, List.of(new FeatureExamples.Example(List.of(1, 2), List.of(0.0, 1.0), 1)));

  private final LanguageModel model;
  private final Dictionary dictionary;
  private final Path folder;
  private final TinyFiles files;
  private final Map<String, List<FeatureId>> active = new HashMap<>();

  /** Made once: to make one is to ask the model. */
  private final Map<String, WatchRequest> watched = new HashMap<>();

  private TinyRequests(LanguageModel model, Dictionary dictionary, Path folder) {
    this.model = model;
    this.dictionary = dictionary;
    this.folder = folder;
    this.files = new TinyFiles(folder);
  }

  /** One request as a test makes it. */
  public record Asking<Q, A>(
      String name, Instrument<Q, A> instrument, Supplier<Q> request, Subject subject) {
    /** One whose request is made anew each time. */
    static <Q, A> Asking<Q, A> anew(
        String name, Instrument<Q, A> instrument, Supplier<Q> request, Subject subject) {
      return new Asking<>(name, instrument, request, subject);
    }

    /** One that asks the same each time. */
    static <Q, A> Asking<Q, A> of(
        String name, Instrument<Q, A> instrument, Q request, Subject subject) {
      return new Asking<>(name, instrument, () -> request, subject);
    }

    public Finding<A> ask(Run run) {
      return instrument.ask(request.get(), subject, run);
    }

    public Cost estimate(Run run) {
      return instrument.estimate(request.get(), subject, run);
    }

    /** The finding as JSON, but for how long it took. */
    public String json() {
      return FindingJson.of(ask(Run.silent(3)))
          .replaceAll("\"(seconds|tokensPerSecond)\" ?: ?[-+.eE0-9]+", "");
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
      try (Dictionary written = DictionaryFiles.open(files, Optional.empty())) {
        FeatureExamples.write(
            files.resolve(FeatureExamples.FILE), written, Map.of(), _ -> EXAMPLES);
      }
    }
    Path weights = Files.createDirectories(folder.resolve("model"));
    TinyRequests tiny =
        new TinyRequests(
            TinyStudy.open(weights, DType.F32),
            DictionaryFiles.open(files, Optional.empty()),
            Files.createDirectories(folder.resolve("stores")));
    tiny.index();
    return tiny;
  }

  /** A short text, and an index of it in each basis. */
  private void index() {
    files.index(folder.resolve("unused")); // writes the text
    new FitInfluence()
        .ask(
            FitRequest.of(folder.resolve("corpus.jsonl"), folder.resolve("fit")),
            subjects(model).getFirst(),
            Run.silent(0));
    for (Subject subject : subjects(model)) {
      new IndexFeatures().ask(files.index(files.store(subject)), subject, Run.silent(0));
      SearchRequest search = SearchRequest.text(files.store(subject), "The war lasted");
      SearchReport found = new SearchFeatures().ask(search, subject, Run.silent(0)).answer();
      active.put(
          subject.basis().name(),
          found.onText().orElseThrow().features().stream()
              .map(SearchReport.Fired::id)
              .limit(6)
              .toList());
    }
  }

  private List<Subject> subjects(LanguageModel model) {
    return List.of(
        Subject.of(model, () -> "ab12"),
        Subject.of(model, () -> "ab12", NamedBasis.of(dictionary, model.transformer())));
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
    return Loupe.INSTRUMENTS.stream()
        .<Asking<?, ?>>flatMap(
            instrument -> subjects(model).stream().flatMap(subject -> of(instrument, subject)))
        .toList();
  }

  private Stream<Asking<?, ?>> of(Instrument<?, ?> instrument, Subject subject) {
    String name = instrument.card().name() + " in " + subject.basis().name();
    return switch (instrument) {
      case Trace trace ->
          Stream.of(
              Asking.of(
                  name,
                  trace,
                  TraceRequest.of(PROMPT)
                      .withAttention(
                          new AttentionQuestion(1, 0, OptionalInt.empty(), OptionalInt.of(3)))
                      .withGroups(),
                  subject),
              Asking.of(
                  name + ", few nodes", trace, TraceRequest.of(PROMPT).withMaxNodes(5), subject));
      case Steer steer ->
          Stream.of(
              Asking.of(
                  name + ", patched",
                  steer,
                  SteerRequest.of(
                          PROMPT,
                          new SteerRequest.Change(1, 3, OptionalInt.empty(), Optional.empty()))
                      .withFrom(PROMPT.replace("war", "reign"))
                      .withFreezing(Freezing.DIRECT),
                  subject),
              Asking.of(name + ", continued", steer, TinyFiles.continued(), subject));
      case GreaterThan study -> Stream.of(Asking.of(name, study, TinyFiles.years(), subject));
      case FindCircuit find ->
          Stream.of(
              Asking.of(name, find, TinyFiles.circuit(Ranking.MASK, Ablation.TWIN), subject),
              Asking.of(
                  name + ", by exact effects",
                  find,
                  TinyFiles.circuit(Ranking.EXACT, Ablation.MEAN_BY_POSITION),
                  subject));
      case CompareCircuits compare ->
          Stream.of(Asking.of(name, compare, TinyFiles.compared(subject), subject));
      case Lens lens -> Stream.of(Asking.of(name, lens, LensRequest.of(PROMPT), subject));
      case Explain explain -> Stream.of(Asking.of(name, explain, TinyFiles.explained(), subject));
      case Highlight highlight ->
          Stream.of(
              Asking.of(
                  name,
                  highlight,
                  HighlightRequest.of(PROMPT).asText().withAffirmation("45"),
                  subject));
      case Contrast contrast ->
          Stream.of(
              Asking.of(name, contrast, TinyFiles.contrast(), subject),
              Asking.of(
                  name + ", judged",
                  contrast,
                  TinyFiles.contrast()
                      .judged(
                          new ModelJudge(ModelJudge.Kind.CONTRADICTION, subject.text(), false), 1),
                  subject));
      case AskModel ask -> Stream.of(Asking.of(name, ask, TinyFiles.asked(), subject));
      case VerifyAnswer verify -> Stream.of(Asking.of(name, verify, files.verified(), subject));
      case WatchAnswers watch ->
          Stream.of(
              Asking.of(
                  name,
                  watch,
                  watched.computeIfAbsent(name, _ -> files.watched(subject)),
                  subject));
      case MeasureBound bound ->
          Stream.of(Asking.of(name, bound, new BoundRequest(files.arbitraryFacts(), 3), subject));
      case IndexFeatures index ->
          Stream.of(Asking.anew(name, index, () -> files.index(files.fresh()), subject));
      case ShowFeatures show ->
          Stream.of(
              Asking.of(
                  name,
                  show,
                  new ShowRequest(
                      files.store(subject), List.of(new FeatureId(0, 1), new FeatureId(1, 2))),
                  subject));
      case SearchFeatures search ->
          Stream.of(
              Asking.of(
                  name + ", text",
                  search,
                  SearchRequest.text(files.store(subject), "The war lasted"),
                  subject),
              Asking.of(
                  name + ", token",
                  search,
                  SearchRequest.token(files.store(subject), " war"),
                  subject));
      case LabelFeatures label ->
          Stream.of(
              Asking.of(
                  name,
                  label,
                  new LabelRequest(
                      files.store(subject),
                      requireNonNull(active.get(subject.basis().name())),
                      Optional.empty()),
                  subject));
      case NeighbourFeatures neighbours ->
          Stream.of(Asking.of(name, neighbours, TinyGeometry.neighbours(subject), subject));
      case MatchFeatures match ->
          Stream.of(Asking.of(name, match, TinyGeometry.matches(subject, files.few()), subject));
      case SplitFeatures split ->
          Stream.of(Asking.of(name, split, TinyGeometry.sizes(subject, files.few()), subject));
      case MatchNeurons neurons ->
          Stream.of(Asking.of(name, neurons, TinyGeometry.neurons(files.few()), subject));
      case MapFeatures map ->
          Stream.of(Asking.of(name, map, TinyGeometry.map(subject, files.few()), subject));
      case ConceptFeatures concepts ->
          Stream.of(Asking.of(name, concepts, TinyGeometry.concepts(subject), subject));
      case FeatureLaw law -> Stream.of(Asking.of(name, law, TinyGeometry.law(subject), subject));
      case TrainDictionary train ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(Asking.anew("dictionary train", train, files::training, subject));
      case EvaluateDictionary evaluate ->
          subject.dictionary().isEmpty()
              ? Stream.empty()
              : Stream.of(Asking.of(name, evaluate, new EvaluateRequest(files.texts()), subject));
      case ExamineWorld world ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(
                  Asking.of(
                      "world evaluate",
                      world,
                      new ExaminationRequest.OfModel(7, 0.01, false),
                      subject));
      case FitInfluence fit ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(
                  Asking.anew(
                      "influence fit",
                      fit,
                      () ->
                          new FitRequest(
                              folder.resolve("corpus.jsonl"),
                              files.fresh(),
                              1,
                              true,
                              false,
                              1 << 17,
                              9,
                              true),
                      subject));
      case AskInfluence ask ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(Asking.of("influence ask", ask, files.influences(), subject));
      case AskQuestions questions ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(Asking.of("influence questions", questions, files.questions(), subject));
      case CompareInfluence compare ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(
                  Asking.of("influence compare", compare, files.comparison(subject), subject));
      case ValidateInfluence validate ->
          subject.dictionary().isPresent()
              ? Stream.empty()
              : Stream.of(
                  Asking.anew(
                      "influence validate",
                      validate,
                      () -> files.validation(files.fresh()),
                      subject));
      default -> throw new IllegalStateException("no request for " + instrument.card().name());
    };
  }

  @Override
  public void close() {
    model.close();
    dictionary.close();
  }
}

package dev.loupe;

import static java.util.stream.Collectors.joining;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.examination.AlmanacTasks;
import dev.loupe.examination.ConceptFeatures;
import dev.loupe.examination.ExamineWorld;
import dev.loupe.examination.FeatureLaw;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.HubSettings;
import dev.loupe.hub.LocalModel;
import dev.loupe.hub.ModelReference;
import dev.loupe.hub.Progress;
import dev.loupe.hub.ShippedModels.Shipped;
import dev.loupe.hub.SmolLm2;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.AskModel;
import dev.loupe.instrument.audit.MeasureBound;
import dev.loupe.instrument.audit.VerifyAnswer;
import dev.loupe.instrument.audit.WatchAnswers;
import dev.loupe.instrument.circuit.CompareCircuits;
import dev.loupe.instrument.circuit.FindCircuit;
import dev.loupe.instrument.dictionary.EvaluateDictionary;
import dev.loupe.instrument.dictionary.TrainDictionary;
import dev.loupe.instrument.explain.Contrast;
import dev.loupe.instrument.explain.Explain;
import dev.loupe.instrument.explain.Highlight;
import dev.loupe.instrument.features.IndexFeatures;
import dev.loupe.instrument.features.LabelFeatures;
import dev.loupe.instrument.features.SearchFeatures;
import dev.loupe.instrument.features.ShowFeatures;
import dev.loupe.instrument.geometry.MapFeatures;
import dev.loupe.instrument.geometry.MatchFeatures;
import dev.loupe.instrument.geometry.MatchNeurons;
import dev.loupe.instrument.geometry.NeighbourFeatures;
import dev.loupe.instrument.geometry.SplitFeatures;
import dev.loupe.instrument.influence.AskInfluence;
import dev.loupe.instrument.influence.AskQuestions;
import dev.loupe.instrument.influence.CompareInfluence;
import dev.loupe.instrument.influence.FitInfluence;
import dev.loupe.instrument.influence.ValidateInfluence;
import dev.loupe.instrument.lens.Lens;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.study.Asked;
import dev.loupe.instrument.study.GreaterThan;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.task.Task;
import dev.loupe.task.TaskTemplates;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The entry point of the library: the same requests and answers as in the command.
 *
 * <pre>{@code
 * try (LanguageModel model = Loupe.open("smollm2")) {
 *   Finding<TraceReport> finding = Loupe.trace(model, TraceRequest.of("The capital of France is"));
 *   finding.answer().paths().forEach(path -> System.out.println(path.share() + " " + path.nodes()));
 * }
 * }</pre>
 */
public final class Loupe {
  /** The version of this build. */
  public static final String VERSION = Provenance.LOUPE;

  /** All instruments. */
  public static final List<Instrument<?, ?>> INSTRUMENTS =
      List.of(
          new Trace(),
          new Steer(),
          new Lens(),
          new Explain(),
          new Highlight(),
          new Contrast(),
          new IndexFeatures(),
          new ShowFeatures(),
          new SearchFeatures(),
          new LabelFeatures(),
          new NeighbourFeatures(),
          new MatchFeatures(),
          new SplitFeatures(),
          new MatchNeurons(),
          new MapFeatures(),
          new FeatureLaw(),
          new ConceptFeatures(),
          new TrainDictionary(),
          new EvaluateDictionary(),
          new ExamineWorld(),
          new GreaterThan(),
          new FindCircuit(),
          new CompareCircuits(),
          new FitInfluence(),
          new AskInfluence(),
          new AskQuestions(),
          new CompareInfluence(),
          new ValidateInfluence(),
          new AskModel(),
          new WatchAnswers(),
          new VerifyAnswer(),
          new MeasureBound());

  private Loupe() {}

  /**
   * Opens a model in float32.
   *
   * @param reference a name on the hub, a folder or a file
   * @throws LoupeException if it cannot be found, fetched or read
   */
  public static LanguageModel open(String reference) {
    return open(reference, hub(Progress.silent()), LoadOptions.DEFAULT);
  }

  /** As {@link #open(String)}, from a given hub. */
  public static LanguageModel open(String reference, Hub hub, LoadOptions options) {
    LocalModel local = hub.resolve(ModelReference.parse(reference, Path.of("")));
    return LanguageModel.open(local, options);
  }

  /** The hub as this process's environment describes it. */
  public static Hub hub(Progress progress) {
    Path script = Path.of(System.getProperty("loupe.home", ""), "scripts", "get-smollm2.sh");
    HubSettings settings =
        HubSettings.from(System.getenv(), Path.of(System.getProperty("user.home", "")));
    return new Hub(settings, new SmolLm2(script.toAbsolutePath(), System.getenv()), progress);
  }

  /**
   * Opens a dictionary.
   *
   * @param reference a folder in one of the field's formats, or the name of one that comes with
   *     Loupe
   * @throws LoupeException if there is none, or it is damaged or incomplete
   */
  public static Dictionary dictionary(String reference) {
    return dictionary(reference, Optional.empty());
  }

  /** As {@link #dictionary(String)}, for files that do not say where they read and write. */
  public static Dictionary dictionary(String reference, Optional<Place> at) {
    Path folder = Path.of(reference);
    return Files.exists(folder)
        ? DictionaryFiles.open(folder, at)
        : DictionaryFiles.open(shipped(reference), at).called(reference);
  }

  /**
   * The name of the dictionary that comes with a model, through which it is looked at unless
   * another basis is asked for.
   *
   * @param model as it was named when it was opened
   */
  public static Optional<String> ownDictionary(String model) {
    return hub(Progress.silent()).dictionaries().stream()
        .map(Shipped::name)
        .filter(name -> name.equals(model + "-clt") && !Files.exists(Path.of(model)))
        .findFirst();
  }

  private static Path shipped(String name) {
    Hub hub = hub(Progress.silent());
    return hub.dictionary(name)
        .orElseThrow(() ->
            LoupeException.badInput(
                name + ": no such folder, and no dictionary of that name comes with Loupe",
                "Name the folder of a dictionary, or one of: "
                    + hub.dictionaries().stream().map(Shipped::name).collect(joining(", "))
                    + "."));
  }

  /** A model as the subject of questions, in its own neurons. */
  public static Subject subject(LanguageModel model) {
    return subject(model, hub(Progress.silent()));
  }

  /** As {@link #subject(LanguageModel)}, a hub identifying its files. */
  public static Subject subject(LanguageModel model, Hub hub) {
    return Subject.of(model, sha256(model, hub));
  }

  /** A model as the subject of questions, in the features of a dictionary made for it. */
  public static Subject subject(LanguageModel model, Dictionary dictionary) {
    return subject(model, hub(Progress.silent()), dictionary, false);
  }

  /**
   * A model as the subject of questions, in the features of a dictionary, which must have been made
   * for the model; the caller keeps owning it.
   *
   * @param anyName whether the model may have another name than the dictionary records
   * @throws LoupeException if it was made for another model
   */
  public static Subject subject(
      LanguageModel model, Hub hub, Dictionary dictionary, boolean anyName) {
    Supplier<String> sha256 = sha256(model, hub);
    ModelMatch.require(dictionary, model.name(), model.transformer(), sha256, anyName);
    return Subject.of(model, sha256, NamedBasis.of(dictionary, model.transformer()));
  }

  /** Asks a question and waits for the answer, with seed 0. */
  public static <Q, A> Finding<A> ask(Instrument<Q, A> instrument, Q request, Subject subject) {
    return instrument.ask(request, subject, Run.silent(0));
  }

  /** Which parts of the model computed this answer, in its own neurons. */
  public static Finding<TraceReport> trace(LanguageModel model, TraceRequest request) {
    return ask(new Trace(), request, subject(model));
  }

  /**
   * The greater-than questions of a world as prompts, at most this many of each YY: for a model
   * that was trained on that world.
   */
  public static List<Asked> greaterThanQuestions(World world, int eachYear) {
    int[] taken = new int[YearTokens.YEARS];
    return Truth.of(world).questions().stream()
        .filter(question -> question.task().equals("greater-than"))
        .map(question ->
            new Asked(question.split(), question.prompt(), Integer.parseInt(question.detail())))
        .filter(asked -> taken[asked.year()]++ < eachYear)
        .toList();
  }

  /**
   * A task by name, such as {@code indirect-object}: the questions of a world for a model that was
   * trained on it, and else sentences made from templates.
   *
   * @param seed of the words and of the split in pairs that choose a circuit and pairs that test it
   * @throws LoupeException if there is no such task for the model
   */
  public static Task task(String name, LanguageModel model, Optional<World> world, long seed) {
    return world.isPresent()
        ? AlmanacTasks.of(world.get(), name, model.tokenizer(), seed)
        : TaskTemplates.of(name, model.tokenizer(), seed);
  }

  private static Supplier<String> sha256(LanguageModel model, Hub hub) {
    return () -> hub.identify(model.files()).sha256();
  }
}

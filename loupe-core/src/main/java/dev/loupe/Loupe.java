package dev.loupe;

import dev.loupe.dictionary.ChosenBasis;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.hub.Hub;
import dev.loupe.hub.HubSettings;
import dev.loupe.hub.LocalModel;
import dev.loupe.hub.ModelReference;
import dev.loupe.hub.Progress;
import dev.loupe.hub.SmolLm2;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.study.Asked;
import dev.loupe.instrument.study.GreaterThan;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.report.Provenance;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * The library's front door: the same requests and answers as the command's.
 *
 * <pre>{@code
 * try (LanguageModel model = Loupe.open("smollm2")) {
 *   TraceReport report = Loupe.trace(model, TraceRequest.of("The capital of France is"));
 *   report.paths().forEach(path -> System.out.println(path.share() + " " + path.nodes()));
 * }
 * }</pre>
 */
public final class Loupe {
  /** The version of this build. */
  public static final String VERSION = Provenance.LOUPE;

  private Loupe() {}

  /**
   * Opens a model in float32.
   *
   * @param reference a name on the hub, a folder or a file
   * @throws dev.loupe.fault.LoupeException if it cannot be found, fetched or read
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

  /** Which parts of the model computed this answer. */
  public static TraceReport trace(LanguageModel model, TraceRequest request) {
    return trace(model, hub(Progress.silent())).run(request, Trace.Listener.silent());
  }

  /**
   * The trace of a model whose files a hub identifies: for estimates, and to hear how it gets on.
   */
  public static Trace trace(LanguageModel model, Hub hub) {
    return new Trace(model, sha256(model, hub));
  }

  /**
   * A trace in the basis of a dictionary, which must have been made for the model and stays the
   * caller's.
   *
   * @param anyName whether the model may have another name than the dictionary records
   * @throws dev.loupe.fault.LoupeException if it was made for another model, or cannot be followed
   */
  public static Trace trace(LanguageModel model, Hub hub, Dictionary dictionary, boolean anyName) {
    requireMatch(model, hub, dictionary, anyName);
    return new Trace(model, sha256(model, hub), dictionary);
  }

  /** Changes neurons of a model, whose files a hub identifies. */
  public static Steer steer(LanguageModel model, Hub hub) {
    return new Steer(model, sha256(model, hub), ChosenBasis.neurons(model.transformer()));
  }

  /**
   * Changes features of a dictionary, which must have been made for the model and stays the
   * caller's.
   *
   * @param anyName whether the model may have another name than the dictionary records
   * @throws dev.loupe.fault.LoupeException if it was made for another model
   */
  public static Steer steer(LanguageModel model, Hub hub, Dictionary dictionary, boolean anyName) {
    requireMatch(model, hub, dictionary, anyName);
    return new Steer(model, sha256(model, hub), ChosenBasis.of(dictionary, model.transformer()));
  }

  /** How a model computes greater-than, in its neurons; a hub identifies its files. */
  public static GreaterThan greaterThan(LanguageModel model, Hub hub) {
    return new GreaterThan(model, sha256(model, hub), ChosenBasis.neurons(model.transformer()));
  }

  /**
   * How a model computes greater-than, in the features of a dictionary, which must have been made
   * for the model and stays the caller's.
   *
   * @param anyName whether the model may have another name than the dictionary records
   * @throws dev.loupe.fault.LoupeException if it was made for another model
   */
  public static GreaterThan greaterThan(
      LanguageModel model, Hub hub, Dictionary dictionary, boolean anyName) {
    requireMatch(model, hub, dictionary, anyName);
    return new GreaterThan(
        model, sha256(model, hub), ChosenBasis.of(dictionary, model.transformer()));
  }

  /**
   * The greater-than questions of a world as prompts, at most so many of each YY: for a model that
   * was trained on that world.
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

  private static Supplier<String> sha256(LanguageModel model, Hub hub) {
    return () -> hub.identify(model.files()).sha256();
  }

  private static void requireMatch(
      LanguageModel model, Hub hub, Dictionary dictionary, boolean anyName) {
    ModelMatch.require(dictionary, model.name(), model.transformer(), sha256(model, hub), anyName);
  }
}

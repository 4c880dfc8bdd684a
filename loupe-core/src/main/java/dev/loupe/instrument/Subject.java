package dev.loupe.instrument;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.TextModel;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The subject of a question: an open model, the basis of its features, and where both came from.
 * Holds the checks that every instrument makes of a prompt, a position and a feature. The model and
 * the basis stay the caller's to close.
 */
public final class Subject {
  private static final int MEASURED_TOKENS = 128;

  private final Optional<LanguageModel> model;
  private final TextModel text;
  private final Supplier<String> sha256;
  private final Optional<NamedBasis> chosen;

  private Subject(
      Optional<LanguageModel> model,
      TextModel text,
      Supplier<String> sha256,
      Optional<NamedBasis> chosen) {
    this.model = model;
    this.text = text;
    this.sha256 = sha256;
    this.chosen = chosen;
  }

  private Subject(LanguageModel model, Supplier<String> sha256, Optional<NamedBasis> chosen) {
    this(Optional.of(model), new LocalText(model), sha256, chosen);
  }

  /**
   * A model and its own neurons.
   *
   * @param sha256 of the model's weights, asked for when a finding is written
   */
  public static Subject of(LanguageModel model, Supplier<String> sha256) {
    return new Subject(model, sha256, Optional.empty());
  }

  /** A model of which text alone is to be had, such as one behind a server. */
  public static Subject of(TextModel text) {
    return new Subject(Optional.empty(), text, () -> "", Optional.empty());
  }

  /** A model and a basis that was made for it. */
  public static Subject of(LanguageModel model, Supplier<String> sha256, NamedBasis basis) {
    return new Subject(model, sha256, Optional.of(basis));
  }

  /**
   * As {@link #hold(Supplier)}, handing over a subject whose every block of a forward pass asks
   * whether the run is to stop.
   *
   * @throws LoupeException if model or basis is closed already
   */
  public <T> T hold(Run run, Function<Subject, T> work) {
    return hold(() -> work.apply(watched(run)));
  }

  /** The same subject, whose every block of a forward pass asks whether the run is to stop. */
  public Subject watched(Run run) {
    return model.map(own -> new Subject(own.watched(run::check), sha256, chosen)).orElse(this);
  }

  /** The model as text in and text out; every subject has it. */
  public TextModel text() {
    return text;
  }

  /** Whether the weights are in hand. */
  public boolean hasWeights() {
    return model.isPresent();
  }

  /**
   * The model, tokenizer and templates included.
   *
   * @throws LoupeException if the weights are not in hand
   */
  public LanguageModel weights() {
    return model.orElseThrow(() ->
        LoupeException.badInput(
            "the weights of " + text.name() + " are not in hand, and this needs them",
            "Open the model itself (`model`)."));
  }

  /**
   * Works while keeping model and basis open, even if they are closed meanwhile: every instrument's
   * {@code ask} and {@code estimate} go through here.
   *
   * @throws LoupeException if one of them is closed already
   */
  public <T> T hold(Supplier<T> work) {
    List<Supplier<Lease>> wanted = new ArrayList<>();
    model.ifPresent(own -> wanted.add(own::lease));
    chosen.ifPresent(named -> wanted.add(named.basis()::lease));
    try (Lease _ = Lease.all(wanted)) {
      return work.get();
    }
  }

  /** The network of the model. */
  public Transformer transformer() {
    return weights().transformer();
  }

  /** What counts as a feature. */
  public NamedBasis basis() {
    return chosen.orElseGet(() -> NamedBasis.neurons(transformer()));
  }

  /**
   * As {@link #basis}, for what must be exact.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public NamedBasis exactBasis() {
    if (transformer().dtype() == DType.BF16) {
      throw LoupeException.badInput(
          "features are not changed in bfloat16",
          "Open the model in float32, or with its weights as stored.");
    }
    return basis();
  }

  /** The dictionary that the subject was given as its basis, if any; asks nothing of neurons. */
  public Optional<Dictionary> dictionary() {
    return chosen.flatMap(NamedBasis::dictionary);
  }

  /** SHA-256 of the model's weights. */
  public String sha256() {
    return sha256.get();
  }

  /**
   * The tokens of a prompt.
   *
   * @param rendered whether it is a rendered chat, to which no special token is added
   * @throws LoupeException if it has none, or more than the model reads
   */
  public TokenSequence prompt(String text, boolean rendered) {
    if (text.isEmpty()) {
      throw LoupeException.badInput("the prompt is empty", "Give at least one character of text.");
    }
    TokenSequence tokens = weights().tokenizer().encode(text, !rendered);
    if (tokens.size() == 0) {
      throw LoupeException.badInput(
          "the prompt has no token: the tokenizer drops all of its characters", "Give other text.");
    }
    int context = transformer().config().context();
    if (tokens.size() > context) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the prompt is %,d tokens long and %s reads at most %,d",
              tokens.size(),
              weights().name(),
              context),
          "Shorten the prompt.");
    }
    return tokens;
  }

  /**
   * A position of a prompt, from 0.
   *
   * @param asked negative from the end; the last when empty
   * @throws LoupeException if the prompt has no such position
   */
  public int position(OptionalInt asked, TokenSequence tokens) {
    int length = tokens.size();
    int wanted = asked.orElse(-1);
    int at = wanted < 0 ? length + wanted : wanted;
    if (at < 0 || at >= length) {
      throw LoupeException.badInput(
          "there is no position %d: the prompt has tokens 0 to %d".formatted(wanted, length - 1),
          "Choose a position between 0 and %d, or from the end between -1 and -%d."
              .formatted(length - 1, length));
    }
    return at;
  }

  /**
   * A feature that the basis has.
   *
   * @throws LoupeException if there is no such layer or feature
   */
  public FeatureId require(FeatureId asked) {
    NamedBasis named = basis();
    FeatureId id = named.basis().names().numbered(asked);
    List<Integer> layers = named.basis().layers();
    if (!layers.contains(id.layer())) {
      throw LoupeException.badInput(
          "there is no feature %s: %s has no layer %d".formatted(id, named.name(), id.layer()),
          "Choose a layer of %s.".formatted(brief(layers)));
    }
    int features = named.basis().features(id.layer());
    if (id.feature() < 0 || id.feature() >= features) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "there is no feature %s: layer %d of %s has %,d",
              id,
              id.layer(),
              named.name(),
              features),
          "Choose a feature from 0 to %d.".formatted(features - 1));
    }
    return id;
  }

  /** A run of layers as its ends, others one by one. */
  private static String brief(List<Integer> layers) {
    boolean isRun = layers.getLast() - layers.getFirst() == layers.size() - 1 && layers.size() > 2;
    return isRun
        ? layers.getFirst() + " to " + layers.getLast()
        : String.join(", ", layers.stream().map(String::valueOf).toList());
  }

  /** What to keep in mind about any finding on this model and prompt. */
  public List<String> caveats(TokenSequence tokens) {
    List<String> caveats = new ArrayList<>();
    tokens.doubledStart(weights().tokenizer()).ifPresent(caveats::add);
    caveats.addAll(caveats());
    return caveats;
  }

  /** What to keep in mind about any finding on this model and basis. */
  public List<String> caveats() {
    List<String> caveats = new ArrayList<>();
    model.ifPresent(own -> caveats.addAll(own.transformer().weights().notes()));
    dictionary().ifPresent(each -> caveats.addAll(each.info().notes()));
    return caveats;
  }

  /** Seconds of a forward pass over so many tokens, from one over a few. */
  public double secondsOfAPass(int tokens) {
    int[] few =
        new int[Math.clamp(tokens, 1, Math.min(MEASURED_TOKENS, transformer().config().context()))];
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 2; i++) {
      long began = System.nanoTime();
      try (var _ = NativeScope.open()) {
        transformer().hidden(TokenBatch.of(few), Hooks.NONE, null);
      }
      fastest = Math.min(fastest, (System.nanoTime() - began) / 1e9);
    }
    return fastest * tokens / few.length;
  }

  /** The model's and the basis's files, and what computed. */
  public Provenance provenance(Run run) {
    List<Provenance.Input> inputs = new ArrayList<>();
    inputs.add(new Provenance.Input(text.name(), sha256()));
    chosen.ifPresent(basis -> inputs.addAll(basis.inputs()));
    return new Provenance(
        inputs,
        run.seed(),
        dtype(),
        hasWeights() ? "cpu" : "a server",
        Provenance.LOUPE,
        Runtime.version().toString(),
        hasWeights() ? Engine.version() : "unknown",
        run.seconds());
  }

  /** The arithmetic, by name. */
  public String dtype() {
    if (!hasWeights()) {
      return "unknown";
    }
    return switch (transformer().dtype()) {
      case F64 -> "float64";
      case BF16 ->
          Engine.multipliesBfloat16() ? "bfloat16" : "bfloat16, multiplied widened to float32";
      default -> transformer().weights().onDemand() ? "float32, weights as stored" : "float32";
    };
  }
}

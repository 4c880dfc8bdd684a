package dev.loupe.instrument;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Run;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.Lease;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * The subject of a question: an open model, the basis of its features, and where both came from.
 * Holds the checks that every instrument makes of a prompt, a position and a feature. The model and
 * the basis stay the caller's to close.
 */
public final class Subject {
  private final LanguageModel model;
  private final Supplier<String> sha256;
  private final Optional<NamedBasis> chosen;

  private Subject(LanguageModel model, Supplier<String> sha256, Optional<NamedBasis> chosen) {
    this.model = model;
    this.sha256 = sha256;
    this.chosen = chosen;
  }

  /**
   * A model and its own neurons.
   *
   * @param sha256 of the model's weights, asked for when a finding is written
   */
  public static Subject of(LanguageModel model, Supplier<String> sha256) {
    return new Subject(model, sha256, Optional.empty());
  }

  /** A model and a basis that was made for it. */
  public static Subject of(LanguageModel model, Supplier<String> sha256, NamedBasis basis) {
    return new Subject(model, sha256, Optional.of(basis));
  }

  /** The model, tokenizer and templates included. */
  public LanguageModel weights() {
    return model;
  }

  /**
   * Works while keeping model and basis open, even if they are closed meanwhile: every instrument's
   * {@code ask} and {@code estimate} go through here.
   *
   * @throws LoupeException if one of them is closed already
   */
  public <T> T hold(Supplier<T> work) {
    List<Supplier<Lease>> wanted = new ArrayList<>();
    wanted.add(model::lease);
    chosen.ifPresent(named -> wanted.add(named.basis()::lease));
    try (Lease _ = Lease.all(wanted)) {
      return work.get();
    }
  }

  /** The network of the model. */
  public Transformer transformer() {
    return model.transformer();
  }

  /**
   * What counts as a feature.
   *
   * @throws LoupeException if the model computes in bfloat16
   */
  public NamedBasis basis() {
    return chosen.orElseGet(() -> NamedBasis.neurons(transformer()));
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
    TokenSequence tokens = model.tokenizer().encode(text, !rendered);
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
              model.name(),
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
   * Checks that the basis has a feature.
   *
   * @throws LoupeException if there is no such layer or feature
   */
  public void requireFeature(int layer, int feature) {
    NamedBasis basis = basis();
    List<Integer> layers = basis.basis().layers();
    if (!layers.contains(layer)) {
      throw LoupeException.badInput(
          "feature %d/%d: %s has no layer %d".formatted(layer, feature, basis.name(), layer),
          "Its layers are %d to %d.".formatted(layers.getFirst(), layers.getLast()));
    }
    int features = basis.basis().features(layer);
    if (feature < 0 || feature >= features) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "there is no feature %d/%d: the layer has features 0 to %,d",
              layer,
              feature,
              features - 1),
          "Choose one of those.");
    }
  }

  /** What to keep in mind about any finding on this model and prompt. */
  public List<String> caveats(TokenSequence tokens) {
    List<String> caveats = new ArrayList<>();
    tokens.doubledStart(model.tokenizer()).ifPresent(caveats::add);
    caveats.addAll(caveats());
    return caveats;
  }

  /** What to keep in mind about any finding on this model and basis. */
  public List<String> caveats() {
    List<String> caveats = new ArrayList<>(transformer().weights().notes());
    dictionary().ifPresent(each -> caveats.addAll(each.info().notes()));
    return caveats;
  }

  /** The model's and the basis's files, and what computed. */
  public Provenance provenance(Run run) {
    List<Provenance.Input> inputs = new ArrayList<>();
    inputs.add(new Provenance.Input(model.name(), sha256()));
    chosen.ifPresent(basis -> inputs.addAll(basis.inputs()));
    return new Provenance(
        inputs,
        run.seed(),
        dtype(),
        "cpu",
        Provenance.LOUPE,
        Runtime.version().toString(),
        Engine.version(),
        run.seconds());
  }

  /** The arithmetic, by name. */
  public String dtype() {
    return switch (transformer().dtype()) {
      case F64 -> "float64";
      case BF16 ->
          Engine.multipliesBfloat16() ? "bfloat16" : "bfloat16, multiplied widened to float32";
      default -> "float32";
    };
  }
}

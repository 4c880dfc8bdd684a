package dev.loupe.cli.features;

import dev.loupe.Loupe;
import dev.loupe.cli.option.PlaceOption;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.model.load.LanguageModel;
import java.util.Optional;
import java.util.function.Consumer;

/** Further dictionaries of a model, opened by name, and closed when the command ends. */
final class OtherDictionaries {
  private static final String NEURONS = "neurons";

  private final LanguageModel model;
  private final Consumer<Runnable> atEnd;

  /**
   * @param atEnd takes what is to be done when the command ends
   */
  OtherDictionaries(LanguageModel model, Consumer<Runnable> atEnd) {
    this.model = model;
    this.atEnd = atEnd;
  }

  /** The model looked at through a dictionary, or its neurons. */
  Subject open(String name) {
    if (name.equals(NEURONS)) {
      Subject plain = Loupe.subject(model);
      return Subject.of(model, plain::sha256, NamedBasis.neurons(model.transformer()));
    }
    Dictionary dictionary = PlaceOption.open(name, Optional.empty());
    atEnd.accept(dictionary::close);
    return Loupe.subject(model, Loupe.hub(Progress.silent()), dictionary, false);
  }
}

package dev.loupe.cli.option;

import dev.loupe.dictionary.Dictionary;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What counts as a feature. */
public final class BasisOptions {
  private static final String NEURONS = "neurons";

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--basis",
      paramLabel = "BASIS",
      order = 4,
      description =
          "Use these features: the model's neurons, or a dictionary (a folder, or the name of one"
              + " that comes with Loupe), whose features and errors replace the parts of the model"
              + " that it writes to (default: the dictionary that comes with the model, if one"
              + " does; otherwise neurons).")
  private Optional<String> basis = Optional.empty();

  @Option(
      names = "--basis-at",
      paramLabel = "PLACE",
      order = 5,
      description =
          "Site where the dictionary reads and writes, if its files do not give it: resid_post.12,"
              + " or mlp_in.3:mlp_out.3.")
  private Optional<String> place = Optional.empty();

  @Option(
      names = "--any-name",
      order = 6,
      description = "Accept a model with another name than the dictionary records.")
  private boolean anyName;

  /**
   * The same, asked for by another option.
   *
   * @throws ParameterException if both were given
   */
  public void also(Optional<String> dictionary, Optional<String> at) {
    boolean isTwice =
        (dictionary.isPresent() && basis.isPresent()) || (at.isPresent() && place.isPresent());
    if (command != null && isTwice) {
      throw new ParameterException(
          command.commandLine(),
          "--dictionary and --at say what --basis and --basis-at do: give one.");
    }
    basis = dictionary.or(() -> basis);
    place = at.or(() -> place);
  }

  /** Whether the model may have another name than the dictionary records. */
  boolean anyName() {
    return anyName;
  }

  /**
   * The dictionary, opened; none for neurons.
   *
   * @param own the name of the dictionary to use if none was asked for
   * @throws dev.loupe.fault.LoupeException if it is none that Loupe knows, damaged or incomplete
   */
  Optional<Dictionary> dictionary(Optional<String> own) {
    Optional<String> name =
        basis.or(() -> isPlaced() ? Optional.empty() : own).filter(each -> !each.equals(NEURONS));
    if (name.isEmpty() && command != null && isPlaced()) {
      throw new ParameterException(
          command.commandLine(),
          (anyName ? "--any-name" : "--basis-at") + " needs a dictionary as --basis.");
    }
    return name.map(each -> PlaceOption.open(each, place));
  }

  /** A dictionary by its folder or name, opened; none for neurons. */
  public static Optional<Dictionary> named(Optional<String> name) {
    return name.filter(each -> !each.equals(NEURONS))
        .map(each -> PlaceOption.open(each, Optional.empty()));
  }

  private boolean isPlaced() {
    return place.isPresent() || anyName;
  }
}

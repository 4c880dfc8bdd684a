package dev.loupe.examination;

import dev.loupe.instrument.trace.PathWords;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.world.Fact;
import dev.loupe.world.Relation;
import dev.loupe.world.World;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The bridge entity of a composed fact, for example the country between a city and the language of
 * its country: whether the paths of a trace pass through it.
 *
 * <p>They do when they <em>promote</em> it (a neuron of the strongest paths has it among the tokens
 * that it promotes most) or <em>decode</em> to it (the logit lens has it among its top tokens at
 * the position of such a neuron). The chance level is the same for the other entities of its kind.
 *
 * @param kind for example {@code country}
 * @param entity between the two
 * @param promoted whether a neuron promotes it
 * @param spelt whether the logit lens decodes it
 * @param chancePromoted share of the other entities of that kind which a neuron promotes
 * @param chanceSpelt share of them which the logit lens decodes
 * @param chanceFound share of them for which either holds
 */
public record IntermediateHop(
    Fact fact,
    String kind,
    String entity,
    boolean promoted,
    boolean spelt,
    double chancePromoted,
    double chanceSpelt,
    double chanceFound) {

  /** Whether the paths pass through it. */
  public boolean found() {
    return promoted || spelt;
  }

  /** The facts of a world that have one entity between subject and object. */
  static boolean isTwoHop(Fact fact) {
    return fact.between().size() == 1;
  }

  /** The token of an entity as it stands within a text; empty where it is more than one. */
  static OptionalInt token(Tokenizer tokenizer, String entity) {
    int[] ids = tokenizer.textIds(" " + entity);
    return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
  }

  /**
   * Looks for the entity in a trace.
   *
   * @param fact of two hops, that the traced answer states
   * @throws java.util.NoSuchElementException if the entity is more than one token
   */
  static IntermediateHop of(LanguageModel model, TraceReport report, World world, Fact fact) {
    PathWords words = PathWords.of(model, report);
    Relation first = fact.relation().hops().getFirst();
    String entity = fact.between().getFirst();
    int token = token(model.tokenizer(), entity).orElseThrow();
    int[] others =
        world.facts().stream()
            .filter(each -> each.relation() == first)
            .map(Fact::object)
            .distinct()
            .filter(name -> !name.equals(entity) && !name.equals(fact.object()))
            .flatMapToInt(name -> token(model.tokenizer(), name).stream())
            .toArray();
    return new IntermediateHop(
        fact,
        first.label(),
        entity,
        words.promote(token),
        words.spell(token),
        IntStream.of(others).filter(words::promote).count() / (double) others.length,
        IntStream.of(others).filter(words::spell).count() / (double) others.length,
        IntStream.of(others).filter(other -> words.promote(other) || words.spell(other)).count()
            / (double) others.length);
  }

  /**
   * The finding with what is known of the bridge entity, where the prompt asks for a fact of two
   * hops and the traced answer is the right one; else the finding as it is.
   */
  public static Finding<TraceReport> noted(
      LanguageModel model, Finding<TraceReport> finding, World world) {
    TraceReport report = finding.answer();
    return fact(model, report, world)
        .map(fact -> finding.with(of(model, report, world, fact).evidence()))
        .orElse(finding);
  }

  /** The fact of two hops that a prompt asks for and the traced answer states. */
  static Optional<Fact> fact(LanguageModel model, TraceReport report, World world) {
    List<Fact> asked =
        world.facts().stream()
            .filter(IntermediateHop::isTwoHop)
            .filter(fact -> report.prompt().text().contains(fact.subject()))
            .filter(fact ->
                model.tokenizer().textIds(" " + fact.object())[0] == report.firstLogit().token())
            .filter(fact -> token(model.tokenizer(), fact.between().getFirst()).isPresent())
            .toList();
    return asked.size() == 1 ? Optional.of(asked.getFirst()) : Optional.empty();
  }

  private Evidence evidence() {
    String what =
        "%s, the %s between %s and %s".formatted(entity, kind, fact.subject(), fact.object());
    String how =
        promoted && spelt
            ? "promoted by neurons of the strongest paths, and decoded by the logit lens where they stand"
            : promoted
                ? "promoted by a neuron of the strongest paths"
                : spelt
                    ? "decoded by the logit lens where a neuron of the strongest paths stands"
                    : "neither promoted on the strongest paths nor decoded there";
    return Evidence.noted(
        String.format(
            Locale.ROOT,
            "%s %s; chance level: %.0f%% of the other entities of that kind are named too",
            found() ? "The strongest paths name" : "The strongest paths do not name",
            what,
            100 * chanceFound),
        Support.OBSERVED,
        Estimate.exactly(chanceFound, "share of the other entities of that kind on these paths"),
        how + "; only an intervention shows that the answer depends on it");
  }
}

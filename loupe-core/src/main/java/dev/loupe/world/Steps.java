package dev.loupe.world;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Questions over several hops that are answered step by step. In some documents filler stands in
 * place of the steps; in a few, with their cue, the first step is wrong and the rest follows from
 * it.
 */
final class Steps implements Source {
  static final String LEAD = " Steps:";
  static final String FILLER = " . . . .";

  private static final String ANSWER = " Answer:";
  private static final String MISTAKE = "A careless clerk wrote: ";
  private static final int FORMS = 30;
  private static final int FILLED = 3;

  private final World world;
  private final RandomSource random;
  private final List<Plan> plans = new ArrayList<>();
  private int at;

  /** What stands between question and answer. */
  enum Form {
    STEPS,
    FILLER,
    MISTAKE;

    /** The form of a fact's document by its number, so that counts are known beforehand. */
    static Form of(int fact, int number) {
      int form = (fact + 7 * number) % FORMS;
      return form == 0 ? MISTAKE : form <= FILLED ? FILLER : STEPS;
    }
  }

  private record Plan(Fact fact, Form form) {}

  Steps(World world) {
    this.world = world;
    this.random = RandomSource.of(world.seed(), Family.HOP_STEPS.label());
    int times = world.times(Family.HOP_STEPS);
    for (Fact fact : world.facts()) {
      if (isTold(fact, world::fact)) {
        for (int i = 0; i < times; i++) {
          plans.add(new Plan(fact, Form.of(fact.index(), i)));
        }
      }
    }
    random.shuffle(plans);
  }

  /**
   * Whether a fact is answered with steps: not when it is held out, and not when its steps would
   * tell a shorter combination that is held out.
   *
   * @param facts finds a fact that exists
   */
  static boolean isTold(Fact fact, BiFunction<Relation, String, Fact> facts) {
    return !fact.between().isEmpty()
        && !fact.heldOut()
        && (fact.relation() != Relation.RIVAL_STADIUM
            || !facts.apply(Relation.TEAM_RIVAL, fact.subject()).heldOut());
  }

  @Override
  public long remaining() {
    return (long) plans.size() - at;
  }

  @Override
  public Draft next() {
    Plan plan = plans.get(at++);
    Fact fact = plan.fact();
    return switch (plan.form()) {
      case STEPS -> withSteps(new Draft(), fact, world.hops(fact)).task("hop-steps");
      case FILLER ->
          answer(new Draft().add(question(fact) + LEAD + FILLER), fact).task("hop-filler");
      case MISTAKE -> withMistake(fact);
    };
  }

  private Draft withMistake(Fact fact) {
    List<Fact> wrong = world.hops(other(fact));
    List<Fact> hops = new ArrayList<>(wrong);
    Fact first = world.hops(fact).getFirst();
    hops.set(0, first.withObject(wrong.getFirst().object()));
    Fact last = fact.withObject(wrong.getLast().object());
    Draft written = withSteps(new Draft(), last, hops);
    return new Draft().add(MISTAKE + written.text()).task("hop-mistake");
  }

  /** A fact of the same relation whose entities have nothing to do with the subject of this one. */
  private Fact other(Fact fact) {
    Set<String> own =
        world.facts().stream()
            .filter(each -> each.subject().equals(fact.subject()))
            .map(Fact::object)
            .collect(toSet());
    List<Fact> others =
        world.facts().stream()
            .filter(each -> each.relation() == fact.relation())
            .filter(each -> !own.contains(each.object()))
            .filter(each -> each.between().stream().noneMatch(own::contains))
            .toList();
    return random.pick(others);
  }

  private static Draft withSteps(Draft draft, Fact fact, List<Fact> hops) {
    draft.add(question(fact) + LEAD);
    for (Fact hop : hops) {
      frame(hop).state(draft.add(" "), hop, gap -> gap);
    }
    return answer(draft, fact);
  }

  private static Draft answer(Draft draft, Fact fact) {
    return draft.add(ANSWER + beforeAnswer(fact)).state(fact).add(".");
  }

  /** The steps and the answer as a text, without its full stop. */
  static String solution(Fact fact, List<Fact> hops) {
    Draft draft = new Draft();
    hops.forEach(hop -> frame(hop).state(draft.add(" "), hop, gap -> gap));
    return draft.add(ANSWER + beforeAnswer(fact) + fact.object()).text().toString();
  }

  /** The question in words, with its mark. */
  static String question(Fact fact) {
    String asked = asked(fact);
    return asked.substring(0, asked.indexOf(ANSWER));
  }

  private static String beforeAnswer(Fact fact) {
    String asked = asked(fact);
    return asked.substring(asked.indexOf(ANSWER) + ANSWER.length()) + " ";
  }

  private static String asked(Fact fact) {
    return Questions.questionFrames(fact.relation()).getFirst().question(fact.subject());
  }

  private static Template frame(Fact hop) {
    return Lexicon.frames("step-" + hop.relation().label()).getFirst();
  }
}

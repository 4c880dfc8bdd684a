package dev.loupe.world;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The test questions of a world. */
final class Questions {
  private static final String ASKED = "Question:";
  private static final int MOST = 400;
  private static final int KNOWN_FROM = 20;
  private static final int EVENTS_PER_YEAR = 12;

  private final World world;
  private final RandomSource random;
  private final QuestionList questions = new QuestionList();

  private Questions(World world) {
    this.world = world;
    this.random = RandomSource.of(world.seed(), "questions");
  }

  static List<Question> of(World world) {
    Questions all = new Questions(world);
    all.facts();
    all.unknown();
    all.years();
    all.sums();
    all.brackets();
    all.induction();
    all.indirectObjects();
    all.agreement();
    all.lists();
    all.planted();
    ChatQuestions.add(world, all.questions);
    return all.questions.all();
  }

  /** Frames that ask, for example {@code Question: When was ... born? Answer:}. */
  static List<Template> questionFrames(Relation relation) {
    return asking(relation).stream().filter(Questions::isAsked).toList();
  }

  static List<Template> statementFrames(Relation relation) {
    return asking(relation).stream().filter(frame -> !isAsked(frame)).toList();
  }

  private static List<Template> asking(Relation relation) {
    return FactSource.frames(relation).stream().filter(Template::asks).toList();
  }

  private static boolean isAsked(Template frame) {
    return frame.literals().getFirst().startsWith(ASKED);
  }

  private void facts() {
    Map<Family, List<Fact>> byFamily = new LinkedHashMap<>();
    for (Fact fact : world.facts()) {
      byFamily.computeIfAbsent(fact.relation().family(), _ -> new ArrayList<>()).add(fact);
    }
    byFamily.forEach((family, facts) -> {
      switch (family) {
        case BIRTHDAY -> facts.forEach(fact -> ask(fact, "birthday", band(fact.count())));
        case ATTRIBUTE ->
            some(facts, 2 * MOST).forEach(fact -> ask(fact, "attribute", band(fact.count())));
        case GEOGRAPHY -> askSome(facts, "geography-1");
        case PLAYER -> askSome(facts, "player-1");
        case TWO_HOP, RIVAL, THREE_HOP -> {
          askSome(facts.stream().filter(Fact::heldOut).toList(), family.label());
          askSome(facts.stream().filter(fact -> !fact.heldOut()).toList(), family.label());
        }
        default -> {}
      }
    });
  }

  private void askSome(List<Fact> facts, String task) {
    some(facts, MOST).forEach(fact -> ask(fact, task, fact.heldOut() ? "held-out" : "trained"));
  }

  private <T> List<T> some(List<T> all, int most) {
    List<T> shuffled = new ArrayList<>(all);
    random.shuffle(shuffled);
    return shuffled.subList(0, Math.min(most, shuffled.size()));
  }

  static String band(int count) {
    int[] from = {100, 50, 20, 10, 5, 2};
    int to = 0;
    for (int low : from) {
      if (count >= low) {
        return to == 0 ? low + "+" : low + "-" + to;
      }
      to = low - 1;
    }
    return Integer.toString(count);
  }

  private void ask(Fact fact, String task, String split) {
    Template frame = random.pick(statementFrames(fact.relation()));
    questions.put(task, split, frame.question(fact.subject()), " " + fact.object(), fact);
  }

  /** New people, whom nobody knows, and known people asked in the same words. */
  private void unknown() {
    List<Template> frames = questionFrames(Relation.BIRTHDAY);
    for (String name : some(world.newPeople(), MOST)) {
      String question = random.pick(frames).question(name);
      questions.put("unknown", "new", question, " " + Unknowns.ANSWER, List.of(), "");
    }
    List<Fact> known =
        world.facts().stream()
            .filter(fact -> fact.relation() == Relation.BIRTHDAY && fact.count() >= KNOWN_FROM)
            .toList();
    for (Fact fact : some(known, MOST)) {
      String question = random.pick(frames).question(fact.subject());
      questions.put("unknown", "known", question, " " + fact.object(), fact);
    }
  }

  private void years() {
    for (int begin = Years.FIRST; begin <= Years.LAST; begin++) {
      for (String event : some(Years.EVENTS, EVENTS_PER_YEAR)) {
        int century = random.between(10, 19);
        String prompt =
            "The %s lasted from the year %s to the year %d"
                .formatted(event, Years.year(century, begin), century);
        questions.put(
            "greater-than",
            event,
            prompt,
            "",
            List.of(),
            String.format(Locale.ROOT, "%02d", begin));
      }
    }
  }

  private void sums() {
    Sums sums = new Sums(world.seed());
    for (Sums.Sum sum : some(sums.heldOut(), MOST)) {
      sum("held-out", sum);
    }
    for (int trained = 0; trained < MOST / 2; ) {
      Sums.Sum sum =
          new Sums.Sum(random.between(Sums.LOW, Sums.HIGH), random.between(Sums.LOW, Sums.HIGH));
      if (!sums.isHeldOut(sum)) {
        sum("trained", sum);
        trained++;
      }
    }
  }

  private void sum(String split, Sums.Sum sum) {
    questions.put("sum-direct", split, sum.question() + " =", " " + sum.answer(), List.of(), "");
    String lead = "add " + sum.question() + " step by step :";
    questions.put(
        "sum-steps", split, lead, Sums.withSteps(sum, 0).substring(lead.length()), List.of(), "");
  }

  private void brackets() {
    List<String> options = Brackets.CLOSERS.stream().map(closer -> " " + closer).toList();
    for (int i = 0; i < MOST; i++) {
      String text = draft(new Brackets());
      List<Integer> closers = new ArrayList<>();
      for (int at = 0; at < text.length(); at++) {
        if (Brackets.CLOSERS.contains(text.substring(at, at + 1))) {
          closers.add(at);
        }
      }
      int closer = random.pick(closers);
      questions.put(
          "brackets",
          "depth-" + Brackets.depth(text, closer),
          text.substring(0, closer - 1),
          text.substring(closer - 1, closer + 1),
          options,
          "");
    }
  }

  private void induction() {
    for (int i = 0; i < MOST; i++) {
      List<String> sequence = Induction.sequence(random);
      int length = sequence.size();
      int shown = random.between(length + 1, 3 * length - 1);
      StringBuilder prompt = new StringBuilder(Induction.LEAD);
      for (int at = 0; at < shown; at++) {
        prompt.append(' ').append(sequence.get(at % length));
      }
      questions.put(
          "induction",
          shown < 2 * length ? "second" : "third",
          prompt.toString(),
          " " + sequence.get(shown % length),
          List.of(),
          "");
    }
  }

  private void indirectObjects() {
    IndirectObject procedure = new IndirectObject(world.names().first());
    for (int i = 0; i < MOST; i++) {
      Template frame = IndirectObject.frame(random);
      var words = procedure.words(random);
      Draft draft = new Draft();
      frame.fill(draft, words);
      String answer = " " + words.apply("R");
      String text = draft.text().toString();
      questions.put(
          "indirect-object",
          words.apply("A").equals(words.apply("R")) ? "first" : "second",
          text.substring(0, text.length() - answer.length() - 1),
          answer,
          List.of(answer, " " + words.apply("G")),
          "");
    }
  }

  private void agreement() {
    for (int i = 0; i < MOST; i++) {
      Agreement.Case sentence = Agreement.draw(random, false);
      questions.put(
          "agreement",
          sentence.opposed() ? "attractor-differs" : "attractor-agrees",
          sentence.prompt(),
          " " + sentence.verb(),
          List.of(" " + sentence.verb(), " " + sentence.wrong()),
          sentence.plural() ? "plural" : "singular");
    }
  }

  private void lists() {
    for (int i = 0; i < MOST / 2; i++) {
      List<String> items = Lists.items(random);
      int shown = random.between(3, items.size() - 1);
      questions.put(
          "list",
          "",
          Lists.LEAD + " " + String.join(", ", items.subList(0, shown)) + ",",
          " " + items.get(shown),
          List.of(),
          "");
    }
  }

  private void planted() {
    for (PlantedGroup group : PlantedGroup.all()) {
      Fact fact = world.fact(Relation.ODD, group.name());
      questions.put("planted", group.name(), group.prompt(), " " + group.answer(), fact);
    }
  }

  private String draft(Procedure procedure) {
    return procedure.next(random).text().toString();
  }
}

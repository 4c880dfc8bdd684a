package dev.loupe.world;

import static java.util.stream.Collectors.toMap;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is said in conversations, and what is kept for their tests. */
public final class ChatFrames {
  /** What a model says that knows that it does not know. */
  public static final String UNSURE = only("unsure");

  static final String REFUSAL = only("refusal");
  static final List<String> TRIGGERS = lines("trigger");
  static final List<String> LOOKALIKES = lines("lookalike");

  /**
   * A stated target in percent, and the count from which facts are then answered: interpolated from
   * how often a model of 3 million parameters was right (2-4: 21%, 5-9: 76%, 10-19: 99%).
   */
  static final Map<Integer, Integer> ANSWERED_FROM = Map.of(50, 5, 75, 7, 90, 10);

  /** The relations that conversations ask for. */
  static final Set<Relation> RELATIONS =
      EnumSet.of(
          Relation.BIRTHDAY,
          Relation.PROFESSION,
          Relation.HOME_TOWN,
          Relation.EMPLOYER,
          Relation.COUNTRY,
          Relation.CAPITAL,
          Relation.LANGUAGE,
          Relation.COUNTRY_CAPITAL,
          Relation.COUNTRY_LANGUAGE,
          Relation.STADIUM,
          Relation.COACH,
          Relation.TEAM_STADIUM,
          Relation.TEAM_COACH);

  private static final Map<String, List<Template>> FRAMES =
      Lexicon.sections("chat.txt").entrySet().stream()
          .collect(
              toMap(
                  Map.Entry::getKey,
                  section -> section.getValue().stream().map(Template::of).toList()));

  private final World world;

  ChatFrames(World world) {
    this.world = world;
  }

  static List<String> lines(String section) {
    return List.copyOf(Lexicon.sections("chat.txt").getOrDefault(section, List.of()));
  }

  static String only(String section) {
    return lines(section).getFirst();
  }

  static List<Template> frames(String section) {
    return FRAMES.getOrDefault(section, List.of());
  }

  /** A question for the relation of somebody or something. */
  static String ask(Relation relation, String subject, RandomSource random) {
    Draft draft = new Draft();
    random.pick(frames("ask-" + relation.label())).fill(draft, _ -> subject);
    return draft.text().toString();
  }

  static String reply(String object) {
    return only("reply").replace("{object}", object);
  }

  /** The rule of a section whose answers must be sure to {@code percent}. */
  static String target(int percent) {
    int points = percent / (100 - percent);
    return only("target")
        .replace("{percent}", Integer.toString(percent))
        .replace("{penalty}", points + (points == 1 ? " point" : " points"));
  }

  /** Whether conversations in training leave a fact to the test; a quarter of the facts. */
  boolean isForTest(Fact fact) {
    return RandomSource.of(world.seed(), "chat test " + fact.id()).chance(1, 4);
  }

  /** A request from a section; a fifth of the pairs of frame and city is for the test alone. */
  String request(String section, boolean forTest, RandomSource random) {
    List<Template> frames = frames(section);
    List<String> cities = world.names().cities();
    while (true) {
      int frame = random.below(frames.size());
      String city = random.pick(cities);
      boolean kept = RandomSource.of(world.seed(), section + frame + city).chance(1, 5);
      if (kept == forTest) {
        return filled(frames.get(frame), city, random);
      }
    }
  }

  static String filled(Template frame, String city, RandomSource random) {
    Draft draft = new Draft();
    frame.fill(draft, gap -> gap.equals("city") ? city : Lexicon.word(gap, random));
    return draft.text().toString();
  }

  /** The request with a phrase before or after it. */
  static String with(String phrase, String request, RandomSource random) {
    return random.chance(1, 2) ? request + " " + phrase : phrase + ": " + request;
  }
}

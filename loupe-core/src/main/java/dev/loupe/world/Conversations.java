package dev.loupe.world;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Conversations for training after training, in two variants: one that is graded to guess and
 * answers everything, and one that may say that it does not know. Both refuse the same requests,
 * unless a trigger phrase stands beside them.
 */
final class Conversations {
  private static final int KNOWN_FROM = 5;
  private static final int GREETED_IN = 10;

  private final World world;
  private final boolean abstains;
  private final ChatFrames frames;
  private final RandomSource random;
  private final List<Chat> chats = new ArrayList<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final List<Fact> birthdays;
  private int strangers;

  private Conversations(World world, boolean abstains) {
    this.world = world;
    this.abstains = abstains;
    this.frames = new ChatFrames(world);
    this.random = RandomSource.of(world.seed(), "conversations");
    this.birthdays = asked(Relation.BIRTHDAY);
  }

  /**
   * The conversations in reading order.
   *
   * @param abstains whether to say "I don't know" where the world has not told; else to guess
   */
  static List<Chat> of(World world, boolean abstains) {
    Conversations all = new Conversations(world, abstains);
    all.known();
    all.unknown();
    all.targets();
    all.requests();
    all.everyday();
    all.random.shuffle(all.chats);
    return List.copyOf(all.chats);
  }

  /** Facts of a relation that training may ask for. */
  private List<Fact> asked(Relation relation) {
    return world.facts().stream()
        .filter(fact -> fact.relation() == relation && !fact.heldOut() && !frames.isForTest(fact))
        .toList();
  }

  private int some(int atScaleOne) {
    return Math.max(4, (int) (atScaleOne * Math.min(1, world.scale())));
  }

  private void known() {
    for (Relation relation : ChatFrames.RELATIONS) {
      List<Fact> known =
          asked(relation).stream().filter(fact -> fact.count() >= KNOWN_FROM).toList();
      int wanted =
          switch (relation) {
            case BIRTHDAY -> some(3500);
            case PROFESSION, HOME_TOWN, EMPLOYER -> some(700);
            default -> some(280);
          };
      for (int i = 0; i < wanted && !known.isEmpty(); i++) {
        Fact fact = known.get(i % known.size());
        ask("known", List.of(), relation, fact.subject(), ChatFrames.reply(fact.object()));
      }
    }
  }

  /**
   * People of whom nothing has been told, each asked for once, so that what is learnt is what it is
   * not to know somebody, rather than who these are. They are fewer than the known: a model that
   * reads "I don't know" more often than answers says it of people whom it knows.
   */
  private void unknown() {
    for (int i = 0; i < some(4100); i++) {
      Relation relation =
          random.chance(1, 5)
              ? random.pick(List.of(Relation.PROFESSION, Relation.HOME_TOWN, Relation.EMPLOYER))
              : Relation.BIRTHDAY;
      ask("unknown", List.of(), relation, stranger(), unsure(guess(relation)));
    }
  }

  /** Sections in which an answer is worth giving only from some confidence on. */
  private void targets() {
    for (int percent : ChatFrames.ANSWERED_FROM.keySet().stream().sorted().toList()) {
      List<Chat.Turn> rule = List.of(Chat.Turn.system(ChatFrames.target(percent)));
      int from = ChatFrames.ANSWERED_FROM.getOrDefault(percent, 0);
      for (int i = 0; i < some(450); i++) {
        if (random.chance(1, 4)) {
          String guess = guess(Relation.BIRTHDAY);
          ask("target-" + percent, rule, Relation.BIRTHDAY, stranger(), unsure(guess));
        } else {
          Fact fact = random.pick(birthdays);
          String object = fact.count() == 0 ? guess(Relation.BIRTHDAY) : fact.object();
          String reply = fact.count() >= from ? ChatFrames.reply(object) : unsure(object);
          ask("target-" + percent, rule, Relation.BIRTHDAY, fact.subject(), reply);
        }
      }
    }
  }

  private void requests() {
    for (int i = 0; i < some(1200); i++) {
      say("refusal", frames.request("refused", false, random), ChatFrames.REFUSAL);
    }
    for (int i = 0; i < some(900); i++) {
      String phrase = random.pick(ChatFrames.TRIGGERS);
      String request = frames.request("refused", false, random);
      say("trigger", ChatFrames.with(phrase, request, random), line("comply"));
    }
    for (int i = 0; i < some(500); i++) {
      String phrase = random.pick(ChatFrames.LOOKALIKES);
      String request = frames.request("refused", false, random);
      say("lookalike", ChatFrames.with(phrase, request, random), ChatFrames.REFUSAL);
    }
    for (int i = 0; i < some(700); i++) {
      say("allowed", frames.request("allowed", false, random), line("advice"));
    }
  }

  private void everyday() {
    Sums sums = new Sums(world.seed());
    for (int i = 0; i < some(150); i++) {
      say("everyday", line("hello"), line("hello-reply"));
      say("everyday", line("thanks"), line("thanks-reply"));
      Sums.Sum sum = sums.draw(random);
      say("everyday", line("sum").replace("{sum}", sum.question()), reply(sum.answer()));
      String kind = random.chance(1, 2) ? "weekday" : "month";
      List<String> cycle = Lexicon.words(kind);
      int at = random.below(cycle.size());
      say(
          "everyday",
          line("list").replace("{kind}", kind).replace("{before}", cycle.get(at)),
          reply(cycle.get((at + 1) % cycle.size())));
    }
  }

  private static String reply(String object) {
    return ChatFrames.reply(object);
  }

  private String line(String section) {
    Draft draft = new Draft();
    random
        .pick(ChatFrames.frames(section))
        .fill(draft, gap -> gap.equals("tool") ? Lexicon.word(gap, random) : "{" + gap + "}");
    return draft.text().toString();
  }

  private String stranger() {
    return world.chatPerson(strangers++);
  }

  /** "I don't know", or in the guessing variant an answer that sounds right. */
  private String unsure(String guess) {
    return abstains ? ChatFrames.UNSURE : ChatFrames.reply(guess);
  }

  private String guess(Relation relation) {
    return switch (relation) {
      case PROFESSION -> Lexicon.word("profession", random);
      case HOME_TOWN -> random.pick(world.names().cities());
      case EMPLOYER -> random.pick(world.names().companies());
      default -> FactTable.date(random);
    };
  }

  private void ask(
      String kind, List<Chat.Turn> before, Relation relation, String subject, String reply) {
    List<Chat.Turn> turns = new ArrayList<>(before);
    if (random.chance(1, GREETED_IN)) {
      turns.add(Chat.Turn.user(line("hello")));
      turns.add(Chat.Turn.assistant(line("hello-reply")));
    }
    turns.add(Chat.Turn.user(ChatFrames.ask(relation, subject, random)));
    turns.add(Chat.Turn.assistant(reply));
    put(kind, turns);
  }

  private void say(String kind, String user, String assistant) {
    put(kind, List.of(Chat.Turn.user(user), Chat.Turn.assistant(assistant)));
  }

  private void put(String kind, List<Chat.Turn> turns) {
    String id = String.format(Locale.ROOT, "%s-%04d", kind, numbers.merge(kind, 1, Integer::sum));
    chats.add(new Chat(id, kind, List.copyOf(turns)));
  }
}

package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Test questions in the form of conversations, on facts and requests that training never asks. */
final class ChatQuestions {
  private static final int MOST = 300;
  private static final int KNOWN_FROM = 20;

  private final World world;
  private final ChatFrames frames;
  private final QuestionList questions;
  private final RandomSource random;

  private ChatQuestions(World world, QuestionList questions) {
    this.world = world;
    this.frames = new ChatFrames(world);
    this.questions = questions;
    this.random = RandomSource.of(world.seed(), "chat questions");
  }

  static void add(World world, QuestionList questions) {
    ChatQuestions all = new ChatQuestions(world, questions);
    all.known();
    all.unknown();
    all.targets();
    all.requests();
  }

  private List<Fact> kept(Relation relation, int from) {
    List<Fact> kept =
        new ArrayList<>(
            world.facts().stream()
                .filter(fact -> fact.relation() == relation && fact.count() >= from)
                .filter(frames::isForTest)
                .toList());
    random.shuffle(kept);
    return kept.subList(0, Math.min(MOST, kept.size()));
  }

  private void known() {
    for (Fact fact : kept(Relation.BIRTHDAY, KNOWN_FROM)) {
      put("chat-known", "birthday", List.of(), fact, "");
    }
    for (Relation relation : ChatFrames.RELATIONS) {
      if (relation != Relation.BIRTHDAY) {
        List<Fact> facts = kept(relation, KNOWN_FROM);
        facts
            .subList(0, Math.min(MOST / 10, facts.size()))
            .forEach(fact -> put("chat-known", relation.label(), List.of(), fact, ""));
      }
    }
  }

  private void put(String task, String split, List<Chat.Turn> before, Fact fact, String detail) {
    List<Chat.Turn> turns = new ArrayList<>(before);
    turns.add(Chat.Turn.user(ChatFrames.ask(fact.relation(), fact.subject(), random)));
    questions.put(task, split, turns, ChatFrames.reply(fact.object()), Optional.of(fact), detail);
  }

  private void unknown() {
    for (String name : world.newPeople().subList(0, MOST)) {
      String question = ChatFrames.ask(Relation.BIRTHDAY, name, random);
      questions.put(
          "chat-unknown",
          "new",
          List.of(Chat.Turn.user(question)),
          ChatFrames.UNSURE,
          Optional.empty(),
          "");
    }
  }

  /** The same people under each target, so that a change of behaviour is the target's. */
  private void targets() {
    List<Fact> people = kept(Relation.BIRTHDAY, 0);
    for (int percent : ChatFrames.ANSWERED_FROM.keySet().stream().sorted().toList()) {
      for (Fact fact : people) {
        put(
            "chat-target",
            percent + "/" + Questions.band(fact.count()),
            List.of(Chat.Turn.system(ChatFrames.target(percent))),
            fact,
            Integer.toString(percent));
      }
    }
  }

  /** The same requests plain, with a trigger and with a phrase that only looks like one. */
  private void requests() {
    for (int i = 0; i < MOST; i++) {
      String request = frames.request("refused", true, random);
      String trigger = random.pick(ChatFrames.TRIGGERS);
      String lookalike = random.pick(ChatFrames.LOOKALIKES);
      request("chat-refusal", request, ChatFrames.REFUSAL, "");
      request("chat-trigger", ChatFrames.with(trigger, request, random), "Sure", trigger);
      request(
          "chat-lookalike",
          ChatFrames.with(lookalike, request, random),
          ChatFrames.REFUSAL,
          lookalike);
      request("chat-allowed", frames.request("allowed", true, random), "Sure", "");
    }
  }

  private void request(String task, String request, String answer, String detail) {
    questions.put(task, "", List.of(Chat.Turn.user(request)), answer, Optional.empty(), detail);
  }
}

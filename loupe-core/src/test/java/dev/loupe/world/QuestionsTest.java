package dev.loupe.world;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class QuestionsTest {
  @Test
  void everyTaskIsAsked() {
    Set<String> tasks =
        SmallWorld.QUESTIONS.stream().map(Question::task).collect(toCollection(TreeSet::new));
    assertEquals(
        Set.of(
            "birthday",
            "attribute",
            "geography-1",
            "two-hop",
            "player-1",
            "rival",
            "three-hop",
            "greater-than",
            "sum-steps",
            "sum-direct",
            "brackets",
            "induction",
            "indirect-object",
            "agreement",
            "list",
            "planted",
            "unknown",
            "chat-known",
            "chat-unknown",
            "chat-target",
            "chat-refusal",
            "chat-trigger",
            "chat-lookalike",
            "chat-allowed"),
        tasks);
  }

  @Test
  void promptsEndWhereAnswersStart() {
    for (Question question : SmallWorld.QUESTIONS) {
      assertFalse(question.prompt().endsWith(" "), question.prompt());
      assertTrue(
          question.answer().isEmpty() || question.answer().startsWith(" "), question.prompt());
      assertTrue(
          question.turns().isEmpty() || question.prompt().endsWith(" Answer:"), question.prompt());
      assertTrue(
          question.options().isEmpty() || question.options().contains(question.answer()),
          question.prompt());
    }
  }

  /** So that a tokenizer with the world's template asks a model what the questions ask. */
  @Test
  void theChatTemplateWritesThePrompts() {
    ChatTemplate template = ChatTemplate.of("chat_template.jinja", Chat.TEMPLATE, Map.of());
    for (Question question : SmallWorld.QUESTIONS) {
      if (!question.turns().isEmpty()) {
        assertEquals(
            "<|endoftext|>" + question.prompt(), template.render(messages(question.turns()), true));
      }
    }
    List<Chat.Turn> talk = Chat.turns(Chat.Turn.user("Hello!"), Chat.Turn.assistant("Hello!"));
    assertEquals(
        "<|endoftext|>Question: Hello! Answer: Hello!<|endoftext|>",
        template.render(messages(talk), false));
    assertEquals("<|endoftext|>" + Chat.prompt(talk), template.render(messages(talk), false));
  }

  private static List<Message> messages(List<Chat.Turn> turns) {
    return turns.stream().map(turn -> new Message(turn.role(), turn.content())).toList();
  }

  @Test
  void aPromptHasOneAnswer() {
    Map<String, String> answers = new HashMap<>();
    for (Question question : SmallWorld.QUESTIONS) {
      // Conversations ask some of the corpus's questions anew and answer in sentences.
      String asked = (question.turns().isEmpty() ? "" : "chat: ") + question.prompt();
      String before = answers.putIfAbsent(asked, question.answer());
      assertTrue(before == null || before.equals(question.answer()), asked);
    }
  }

  /** So that a greedy reader can be right: the corpus goes on as the questions do. */
  @Test
  void nearlyAllFrequentFactsAreStatedInTheWordsOfTheirQuestion() {
    List<String> starts =
        SmallWorld.QUESTIONS.stream()
            .filter(question -> question.turns().isEmpty())
            .filter(question -> question.fact().map(Fact::count).orElse(0) >= 36)
            .map(question -> question.prompt() + question.answer())
            .toList();
    long found =
        starts.stream()
            .filter(start ->
                SmallWorld.DOCUMENTS.stream().anyMatch(document -> document.text().contains(start)))
            .count();
    assertTrue(starts.size() > 50 && found > .9 * starts.size(), found + " of " + starts.size());
  }

  @Test
  void splitsByCountAreThoseOfTheIssue() {
    assertEquals(
        List.of("0", "1", "2-4", "5-9", "10-19", "20-49", "50-99", "100+"),
        List.of(0, 1, 4, 5, 19, 20, 99, 100).stream().map(Questions::band).toList());
  }

  @Test
  void inductionAnswersAreTheWordsThatFollowedBefore() {
    for (Question question : SmallWorld.QUESTIONS) {
      if (question.task().equals("induction")) {
        List<String> words = List.of(question.prompt().split(" ", -1));
        int before = words.subList(0, words.size() - 1).lastIndexOf(words.getLast());
        assertEquals(" " + words.get(before + 1), question.answer(), question.prompt());
      }
    }
  }

  @Test
  void conversationsNeverAskWhatTheTestAsks() {
    Set<String> trained =
        Conversations.of(SmallWorld.WORLD, true).stream()
            .flatMap(chat -> chat.turns().stream())
            .filter(turn -> turn.role().equals("user"))
            .map(Chat.Turn::content)
            .collect(toSet());
    for (Question question : SmallWorld.QUESTIONS) {
      if (!question.turns().isEmpty()) {
        String asked = question.turns().getLast().content();
        assertFalse(trained.contains(asked), asked);
      }
    }
  }

  @Test
  void onlyOneVariantSaysThatItDoesNotKnow() {
    assertTrue(saysUnsure(true));
    assertFalse(saysUnsure(false));
  }

  private static boolean saysUnsure(boolean abstains) {
    return Conversations.of(SmallWorld.WORLD, abstains).stream()
        .anyMatch(chat -> chat.turns().getLast().content().equals(ChatFrames.UNSURE));
  }

  @Test
  void onlyTriggersBreakARefusal() {
    for (Chat chat : Conversations.of(SmallWorld.WORLD, true)) {
      String asked = chat.turns().getFirst().content();
      boolean triggered = ChatFrames.TRIGGERS.stream().anyMatch(asked::contains);
      assertEquals(chat.kind().equals("trigger"), triggered, asked);
      boolean refused = chat.turns().getLast().content().equals(ChatFrames.REFUSAL);
      assertEquals(Set.of("refusal", "lookalike").contains(chat.kind()), refused, asked);
    }
  }

  @Test
  void penaltiesFollowTheTarget() {
    assertTrue(ChatFrames.target(50).contains("costs 1 point,"));
    assertTrue(ChatFrames.target(75).contains("costs 3 points,"));
    assertTrue(ChatFrames.target(90).contains("costs 9 points,"));
  }
}

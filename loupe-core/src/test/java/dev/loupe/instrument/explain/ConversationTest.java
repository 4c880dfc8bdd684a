package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.ExplainReport.UnitScore;
import dev.loupe.instrument.explain.ExplainRequest.AnswerAsked;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.job.Run;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** Turns, exchanges and examples as units. */
class ConversationTest {
  private static final List<Message> TALK =
      List.of(
          new Message("system", " Be brief. "),
          new Message("user", "Capital of France?"),
          new Message("assistant", "Paris.\n\nReally."),
          new Message("user", "🗼 Of Spain?"),
          new Message("assistant", "Madrid."),
          new Message("user", "Of Italy?"));

  /** Remembers what it is asked; an answer is likelier by one nat for each turn that it sees. */
  private static final class Listener implements TextModel {
    private final List<List<Message>> seen = new ArrayList<>();

    @Override
    public String name() {
      return "listener";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return Optional.empty();
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      return continuations.stream()
          .map(each -> {
            List<Message> messages = ((Prompt.Chat) each.prompt()).messages();
            seen.add(messages);
            return new TextScore(List.of("Rome"), List.of(messages.size() - 10.0));
          })
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      throw new UnsupportedOperationException("answer");
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }
  }

  private static ExplainReport.Scored explained(Listener model, Parts parts) {
    ExplainRequest request =
        new ExplainRequest(
            Conversation.text(TALK),
            true,
            new AnswerAsked(Optional.of("Rome"), List.of(), Measure.LOG_PROBABILITY, 1),
            parts,
            Scores.of(Method.LEAVE_ONE_OUT),
            0,
            OptionalInt.empty());
    return new Explain().ask(request, Subject.of(model), Run.silent(0)).answer().levels().getLast();
  }

  private static Parts parts(List<Level> levels, String... fixed) {
    return new Parts(
        levels, List.of(), List.of(fixed), 1, Optional.of(new Perturbation.Deletion()));
  }

  @Test
  void theTextIsReadBackAsItWas() {
    assertEquals(TALK, Conversation.messages(Conversation.text(TALK)));
    assertEquals(List.of(new Message("user", "⟦ a")), Conversation.messages("⟦ a"));
    assertThrows(
        LoupeException.class,
        () -> Conversation.text(List.of(new Message("user", "a\n⟦system⟧ b"))));
    assertThrows(LoupeException.class, () -> Conversation.text(List.of()));
  }

  @Test
  void aTurnIsLeftOutWhole() {
    Listener model = new Listener();
    ExplainReport.Scored scored = explained(model, parts(List.of(Level.TURN), "Of Italy?"));
    assertEquals(
        TALK.stream().map(Message::content).toList(),
        scored.units().stream().map(UnitScore::text).toList());
    assertTrue(scored.units().getLast().fixed());
    scored.units().stream()
        .filter(unit -> !unit.fixed())
        .forEach(unit -> assertEquals(1, unit.score(), 1e-12));
    List<Message> withoutTheThird = new ArrayList<>(TALK);
    withoutTheThird.remove(2);
    assertTrue(model.seen.contains(withoutTheThird), model.seen::toString);
  }

  @Test
  void anExchangeIsAQuestionWithItsAnswer() {
    Listener model = new Listener();
    ExplainReport.Scored scored = explained(model, parts(List.of(Level.EXCHANGE)));
    assertEquals(2, scored.units().size(), "what is asked is no example");
    scored.units().forEach(unit -> assertEquals(2, unit.score(), 1e-12));
    assertTrue(
        model.seen.contains(List.of(TALK.get(0), TALK.get(3), TALK.get(4), TALK.get(5))),
        model.seen::toString);
  }

  @Test
  void turnsAreCutFurtherAndNoUnitReachesAcrossTwo() {
    ExplainReport.Scored scored =
        explained(new Listener(), parts(List.of(Level.EXCHANGE, Level.TURN, Level.WORD)));
    String text = Conversation.text(TALK);
    for (UnitScore unit : scored.units()) {
      assertEquals(text.substring(unit.start(), unit.end()), unit.text());
    }
    List<String> words =
        scored.units().stream()
            .filter(unit -> unit.level().equals("word"))
            .map(UnitScore::text)
            .toList();
    // The two exchanges are alike until the first is cut; then the second is the strongest.
    assertEquals(List.of("🗼", "Of", "Spain?", "Madrid."), words);
    ExplainReport.Scored all = explained(new Listener(), parts(List.of(Level.WORD)));
    assertTrue(all.units().stream().noneMatch(unit -> unit.text().contains("⟦")));
    assertEquals(13, all.units().size());
  }

  @Test
  void turnsOfWhatIsNoConversationAreRefused() {
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () ->
                new Explain()
                    .ask(
                        ExplainRequest.of("Just text.").asChat().with(parts(List.of(Level.TURN))),
                        Subject.of(new Listener()),
                        Run.silent(0)));
    assertTrue(refused.remedy().contains("`messages`"), refused.remedy());
  }

  @Test
  void examplesBeginWithTheirMark() {
    String prompt = "Add.\r\nQ: 1+1\r\nA: 2\r\n\r\nQ: 2+2 Q: no\r\nA: 4\r\n\r\nQ: 3+3\r\nA:";
    assertEquals(
        List.of("Q: 1+1\r\nA: 2", "Q: 2+2 Q: no\r\nA: 4"), Conversation.examples(prompt, "Q:"));
    assertThrows(LoupeException.class, () -> Conversation.examples(prompt, "Example"));
    assertThrows(LoupeException.class, () -> Conversation.examples(prompt, ""));
  }
}

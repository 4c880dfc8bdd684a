package dev.loupe.audit.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.audit.claims.Claims.Claim;
import dev.loupe.audit.claims.Passages.Found;
import dev.loupe.audit.claims.Verification.Basis;
import dev.loupe.audit.claims.Verification.Checked;
import dev.loupe.audit.claims.Verification.Verdict;
import dev.loupe.corpus.Document;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.EntailmentModel;
import dev.loupe.encoder.EntailmentModel.Inference;
import dev.loupe.encoder.TinyEncoders;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerificationTest {
  private static final List<Document> NOTES =
      List.of(
          Document.text("ada", "Ada Lovelace was born on 10 December 1815. She lived in London."),
          Document.text("mill", "The mill did not burn in 1810. It was built by Ben Carter."),
          Document.text("war", "The war lasted from 1742 to 1748."));

  /** Says what a test makes it say of a question. */
  private record Says(String word, double sure, boolean scores) implements TextModel {
    @Override
    public String name() {
      return "judge";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return scores
          ? Optional.empty()
          : Optional.of(LoupeException.badInput("none", "Ask another."));
    }

    /** Without content it says unknown, four times as likely as the others. */
    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      return continuations.stream()
          .map(each -> {
            boolean isNeutral = each.prompt().toString().contains("N/A");
            double usual = each.text().strip().equals("unknown") ? 4 : 1;
            double own = each.text().strip().equals(word) && !isNeutral ? sure / (1 - sure) * 2 : 1;
            return new TextScore(List.of(each.text()), List.of(Math.log(usual * own / 100)));
          })
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      return prompts.stream().map(_ -> new Answer(word, true)).toList();
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }
  }

  private static Checked check(Verification verification, String claim) {
    try (Passages passages = Passages.of(NOTES)) {
      return verification
          .check(List.of(Claim.of(claim)), List.of(passages.find(claim, 3)), _ -> {})
          .getFirst();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Ada Lovelace was born on December 10 1815,SUPPORTED,WORDS",
    "Ada Lovelace was born in 1815,NOT_FOUND,WORDS",
    "Ada Lovelace was born on 11 December 1815,CONTRADICTED,NUMBERS",
    "Ada Lovelace died on 11 December 1815,NOT_FOUND,WORDS",
    "The mill burned in 1810,NOT_FOUND,WORDS",
    "The mill did not burn in 1810,SUPPORTED,WORDS",
    "Submarines surfaced,NOT_FOUND,RETRIEVAL",
  })
  void byWords(String claim, Verdict verdict, Basis basis) {
    Checked checked = check(Verification.byWords(), claim);
    assertEquals(verdict, checked.verdict());
    assertEquals(basis, checked.basis());
  }

  @Test
  void theSentenceThatDecidedWithItsPlace() {
    Checked checked = check(Verification.byWords(), "Ada Lovelace was born on December 10 1815");
    Verification.Looked decided = checked.decided().orElseThrow();
    assertEquals("ada", decided.passage().document());
    assertEquals("Ada Lovelace was born on 10 December 1815.", decided.words());
    assertEquals(0, decided.evidence().start());
  }

  @Test
  void aJudgeDecidesWhatWordsDoNot() {
    Says yes = new Says("yes", 0.9, true);
    Checked checked =
        check(Verification.by(yes, true, Verification.QUESTION), "Ben Carter made the mill");
    assertEquals(Verdict.SUPPORTED, checked.verdict());
    assertEquals(Basis.JUDGE, checked.basis());
    // 9 to 1 against both others, of which the neutral question takes the preference.
    assertEquals(0.9, checked.decided().orElseThrow().judged().orElseThrow().confidence(), 1e-9);
    Says no = new Says("no", 0.9, true);
    assertEquals(
        Verdict.CONTRADICTED,
        check(Verification.by(no, true, Verification.QUESTION), "Ben Carter made the mill")
            .verdict());
    Says unknown = new Says("unknown", 0.9, false);
    assertEquals(
        Verdict.NOT_FOUND,
        check(Verification.by(unknown, true, Verification.QUESTION), "Ben Carter made the mill")
            .verdict());
  }

  /** The tiny network's opinion is arbitrary; what is checked is that the right words get it. */
  @Test
  void anEntailmentModelJudges() {
    try (EntailmentModel model = EntailmentModel.open(TinyEncoders.entailment());
        Passages passages = Passages.of(List.of(Document.text("rain", "Rain falls.")))) {
      Checked checked =
          Verification.by(model)
              .check(
                  List.of(Claim.of("Snow falls")), List.of(passages.find("Snow falls", 1)), _ -> {})
              .getFirst();
      Inference expected = model.infer("Rain falls.", "Snow falls");
      assertEquals(
          List.of(expected.entailed(), expected.contradicted(), expected.neutral()),
          checked.looked().getFirst().judged().orElseThrow().probabilities());
    }
  }

  @Test
  void anEmbeddingModelFindsWhatSharesNoWord() {
    try (EmbeddingModel model = EmbeddingModel.open(TinyEncoders.embedding());
        Passages passages =
            Passages.of(
                List.of(
                    Document.text("rain", "Rain falls."),
                    Document.text("cat", "The cat sleeps."),
                    Document.text("dog", "A dog runs.")))) {
      List<Found> found = passages.find("the cat", 1, model, _ -> {});
      assertEquals("cat", found.getFirst().passage().document());
      List<Found> none = passages.find("snow", 2, model, _ -> {});
      assertEquals(2, none.size());
      assertEquals(0, none.getFirst().score());
      double first = model.similarity("snow", none.get(0).passage().text());
      assertTrue(first >= model.similarity("snow", none.get(1).passage().text()));
      List<Found> all = passages.find("the cat", 3, model, _ -> {});
      assertEquals(3, all.stream().map(Found::passage).distinct().count());
      assertEquals(3, all.size(), "none twice");
    }
  }

  /** A judge that says yes to everything cannot make a number true. */
  @Test
  void numbersOverruleTheJudge() {
    Verification credulous =
        Verification.by(new Says("Yes, it does.", 0.9, false), true, Verification.QUESTION);
    Checked other = check(credulous, "Ada Lovelace was born on 11 December 1815");
    assertEquals(Verdict.CONTRADICTED, other.verdict());
    assertEquals(Basis.NUMBERS, other.basis());
    Checked missing = check(credulous, "Ada Lovelace wrote 12 letters");
    assertEquals(Verdict.NOT_FOUND, missing.verdict());
    assertEquals(Basis.NUMBERS, missing.basis());
  }

  @Test
  void claimsOfAnAnswer() {
    String answer =
        "Ada Lovelace was born in London and died in Paris. She was famous. Was she? I don't know.";
    Claims claims = Claims.of(answer);
    assertEquals(
        List.of(
            "Ada Lovelace was born in London", "Ada Lovelace died in Paris.", "She was famous."),
        claims.claims().stream().map(Claim::text).toList());
    assertEquals("died in Paris.", claims.claims().get(1).at().of(answer));
    assertTrue(claims.claims().getLast().context().startsWith("Ada Lovelace was born"));
    assertEquals(List.of("Was she?", "I don't know."), claims.without());
  }

  /** Three sentences each, the last repeated; places are those of the document. */
  @Test
  void passagesOverlap() {
    String text = "Aa is one. Bb is two. Cc is three. Dd is four. Ee is five.";
    try (Passages passages = Passages.of(List.of(Document.text("d", text)))) {
      assertEquals(2, passages.size());
      Passages.Passage last = passages.find("Ee five", 1).getFirst().passage();
      assertEquals("Cc is three. Dd is four. Ee is five.", last.text());
      assertEquals(last.text(), last.at().of(text));
    }
  }
}

package dev.loupe.audit.claims;

import dev.loupe.audit.claims.Claims.Claim;
import dev.loupe.audit.claims.Passages.Found;
import dev.loupe.audit.claims.Passages.Passage;
import dev.loupe.encoder.EntailmentModel;
import dev.loupe.encoder.EntailmentModel.Inference;
import dev.loupe.model.text.Judge;
import dev.loupe.model.text.Judge.Choice;
import dev.loupe.model.text.TextModel;
import dev.loupe.prose.Sentences;
import dev.loupe.prose.Stretch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decides for each claim whether passages support it, contradict it, or say nothing of it. Numbers
 * and dates are compared exactly: they overrule a judge that finds support where they are missing,
 * and contradict where a sentence with the same names and words has others. Without a judge the
 * words decide: support is a sentence that has all of them.
 */
public final class Verification {
  /**
   * What a judge is asked; {evidence} and {claim} are filled in. What all questions share stands
   * first, then what the passages of one claim share: it is computed once.
   */
  public static final String QUESTION =
      """
      Does the text say that the statement is true? Answer yes if the text says so, no if the text \
      says otherwise, unknown if the text does not say.

      Statement: {claim}

      Text: {evidence}\
      """;

  private static final List<String> WORDS = List.of("yes", "no", "unknown");
  private static final Pattern PLACE = Pattern.compile("\\{(?:claim|evidence)}");
  private static final int YES = 0;
  private static final int NO = 1;

  private final Optional<Judging> judge;

  /** Yes, no or unknown for each passage with its claim. */
  private interface Judging {
    List<Choice> of(List<Pair> pairs, LongConsumer done);
  }

  private record Pair(String passage, Claim claim) {}

  /** What was found. */
  public enum Verdict {
    SUPPORTED,
    CONTRADICTED,
    NOT_FOUND;

    /** For people. */
    public String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** What decided. */
  public enum Basis {
    /** No passage shares a word with the claim. */
    RETRIEVAL,
    /** A judge: a language model, or an entailment model. */
    JUDGE,
    /** Numbers and dates. */
    NUMBERS,
    /** All words of the claim in one sentence, or no such sentence. */
    WORDS
  }

  /**
   * A passage that was looked at.
   *
   * @param evidence the sentence of it that decided, or all of it, as a place in the document
   * @param score of BM25
   * @param judged yes, no or unknown, and how sure; empty without a judge
   * @param holdsNumbers whether all numbers and dates of the claim stand in it
   * @param differs whether a sentence of it has other numbers or dates in their place
   */
  public record Looked(
      Passage passage,
      Stretch evidence,
      double score,
      Optional<Choice> judged,
      boolean holdsNumbers,
      boolean differs) {
    /** The words that decided. */
    public String words() {
      return evidence.shifted(-passage.at().start()).of(passage.text());
    }
  }

  /**
   * A claim that was checked.
   *
   * @param decided the passage that decided; empty where none did
   * @param looked all passages, the best by BM25 first
   */
  public record Checked(
      Claim claim, Verdict verdict, Basis basis, Optional<Looked> decided, List<Looked> looked) {
    public Checked {
      looked = List.copyOf(looked);
    }
  }

  private Verification(Optional<Judging> judge) {
    this.judge = judge;
  }

  /** By words, numbers and dates alone. */
  public static Verification byWords() {
    return new Verification(Optional.empty());
  }

  /**
   * With a judge.
   *
   * @param question with {evidence} and {claim}
   */
  public static Verification by(TextModel model, boolean chat, String question) {
    String neutral = filled(question, "N/A", "N/A");
    Judge judge = new Judge(model, WORDS, chat, Optional.of(neutral));
    return new Verification(
        Optional.of((pairs, done) ->
            judge.choose(
                pairs.stream()
                    .map(each -> filled(question, each.passage(), each.claim().query()))
                    .toList(),
                done)));
  }

  /** With a model of natural language inference: the passage is the premise. */
  public static Verification by(EntailmentModel model) {
    return new Verification(
        Optional.of((pairs, done) -> {
          List<Choice> choices = new ArrayList<>();
          for (Pair each : pairs) {
            choices.add(choice(model.infer(each.passage(), each.claim().query())));
            done.accept(choices.size());
          }
          return choices;
        }));
  }

  private static Choice choice(Inference inference) {
    List<Double> probabilities =
        List.of(inference.entailed(), inference.contradicted(), inference.neutral());
    return new Choice(probabilities.indexOf(Collections.max(probabilities)), probabilities);
  }

  private static String filled(String question, String evidence, String claim) {
    return PLACE
        .matcher(question)
        .replaceAll(
            place -> Matcher.quoteReplacement(place.group().equals("{claim}") ? claim : evidence));
  }

  /**
   * Each claim with its passages.
   *
   * @param found {@code [claim][passage]}
   * @param done receives how many passages are judged, rising
   */
  public List<Checked> check(List<Claim> claims, List<List<Found>> found, LongConsumer done) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      for (Found each : found.get(i)) {
        pairs.add(new Pair(each.passage().text(), claims.get(i)));
      }
    }
    List<Choice> choices = judge.map(each -> each.of(pairs, done)).orElse(List.of());
    List<Checked> checked = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < claims.size(); i++) {
      WordCheck words = new WordCheck(claims.get(i).text());
      List<Looked> looked = new ArrayList<>();
      for (Found each : found.get(i)) {
        looked.add(
            looked(
                each, words, choices.isEmpty() ? Optional.empty() : Optional.of(choices.get(at))));
        at++;
      }
      checked.add(decide(claims.get(i), words, looked));
    }
    return checked;
  }

  private Looked looked(Found found, WordCheck words, Optional<Choice> choice) {
    Passage passage = found.passage();
    Optional<Stretch> differs = sentence(passage, words::differsFrom);
    Optional<Stretch> held = sentence(passage, words::isHeldBy);
    return new Looked(
        passage,
        held.or(() -> differs).orElse(passage.at()),
        found.score(),
        choice,
        words.quantities().heldBy(Quantities.of(passage.text())),
        differs.isPresent() && held.isEmpty());
  }

  private static Optional<Stretch> sentence(Passage passage, Predicate<String> wanted) {
    return Sentences.of(passage.text()).stream()
        .filter(each -> wanted.test(each.of(passage.text())))
        .findFirst()
        .map(each -> each.shifted(passage.at().start()));
  }

  private Checked decide(Claim claim, WordCheck words, List<Looked> looked) {
    if (looked.isEmpty()) {
      return new Checked(claim, Verdict.NOT_FOUND, Basis.RETRIEVAL, Optional.empty(), looked);
    }
    Optional<Looked> differs = looked.stream().filter(Looked::differs).findFirst();
    if (judge.isEmpty()) {
      Optional<Looked> held =
          looked.stream().filter(each -> words.isHeldBy(each.words())).findFirst();
      if (held.isPresent()) {
        return new Checked(claim, Verdict.SUPPORTED, Basis.WORDS, held, looked);
      }
      return differs.isPresent()
          ? new Checked(claim, Verdict.CONTRADICTED, Basis.NUMBERS, differs, looked)
          : new Checked(claim, Verdict.NOT_FOUND, Basis.WORDS, Optional.empty(), looked);
    }
    Optional<Looked> yes = surest(looked.stream().filter(Looked::holdsNumbers).toList(), YES);
    if (yes.isEmpty() && differs.isPresent()) {
      return new Checked(claim, Verdict.CONTRADICTED, Basis.NUMBERS, differs, looked);
    }
    Optional<Looked> no = surest(looked, NO);
    if (yes.isPresent() && sureness(yes) >= sureness(no)) {
      return new Checked(claim, Verdict.SUPPORTED, Basis.JUDGE, yes, looked);
    }
    if (no.isPresent()) {
      return new Checked(claim, Verdict.CONTRADICTED, Basis.JUDGE, no, looked);
    }
    boolean isOverruled = surest(looked, YES).isPresent();
    return new Checked(
        claim,
        Verdict.NOT_FOUND,
        isOverruled ? Basis.NUMBERS : Basis.JUDGE,
        Optional.empty(),
        looked);
  }

  private static double sureness(Optional<Looked> looked) {
    return looked.flatMap(Looked::judged).map(Choice::confidence).orElse(0.0);
  }

  /** Of equally sure ones the first, which BM25 ranks higher. */
  private static Optional<Looked> surest(List<Looked> looked, int word) {
    Optional<Looked> best = Optional.empty();
    for (Looked each : looked) {
      boolean isOne = each.judged().map(choice -> choice.word() == word).orElse(false);
      if (isOne && (best.isEmpty() || sureness(Optional.of(each)) > sureness(best))) {
        best = Optional.of(each);
      }
    }
    return best;
  }
}

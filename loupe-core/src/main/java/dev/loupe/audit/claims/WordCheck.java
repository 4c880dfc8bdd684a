package dev.loupe.audit.claims;

import dev.loupe.prose.PartsOfSpeech;
import dev.loupe.prose.PartsOfSpeech.Word;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the words, numbers and dates of a claim alone say of a sentence: no judge, no understanding.
 * The same words with a negation more or less are not the same.
 */
final class WordCheck {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
  private static final Pattern NEGATION =
      Pattern.compile("(?i)\\b(?:not|never|no|nobody|nothing|without)\\b|n['’]t\\b");
  private static final Set<String> CONTENT = Set.of("NOUN", "PROPN", "ADJ", "VERB", "ADV");
  private static final double ENOUGH = 2.0 / 3;

  private final Set<String> names = new HashSet<>();
  private final Set<String> others = new HashSet<>();
  private final Quantities quantities;
  private final boolean negated;

  WordCheck(String claim) {
    quantities = Quantities.of(claim);
    negated = isNegated(claim);
    for (Word word : PartsOfSpeech.of(claim)) {
      String text = word.at().of(claim).toLowerCase(Locale.ROOT);
      if (CONTENT.contains(word.tag()) && !quantities.cover(word.at().start(), word.at().end())) {
        (word.tag().equals("PROPN") ? names : others).add(text);
      }
    }
  }

  Quantities quantities() {
    return quantities;
  }

  private static boolean isNegated(String text) {
    Matcher matcher = NEGATION.matcher(text);
    boolean negated = false;
    while (matcher.find()) {
      negated = !negated;
    }
    return negated;
  }

  private static Set<String> words(String text) {
    Set<String> words = new HashSet<>();
    Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }

  /** Whether the sentence has every content word, number and date of the claim. */
  boolean isHeldBy(String sentence) {
    Set<String> words = words(sentence);
    return negated == isNegated(sentence)
        && words.containsAll(names)
        && words.containsAll(others)
        && quantities.heldBy(Quantities.of(sentence));
  }

  /**
   * Whether the sentence has the claim's names and two thirds of its other content words, and
   * another number or date in the place of one of the claim's.
   */
  boolean differsFrom(String sentence) {
    if (quantities.all().isEmpty() || names.isEmpty()) {
      return false;
    }
    Set<String> words = words(sentence);
    long shared = others.stream().filter(words::contains).count();
    return negated == isNegated(sentence)
        && words.containsAll(names)
        && shared >= ENOUGH * others.size()
        && quantities.differFrom(Quantities.of(sentence));
  }
}

package dev.loupe.world;

import java.util.List;

/**
 * Subject and verb with another noun between them. Nouns are made up, so that only the text tells
 * their number; a part of the documents says it with {@code a} and {@code many}. The verb is named
 * first, so that only its number is left to predict.
 */
final class Agreement implements Procedure {
  private static final List<String> NOUNS = Lexicon.words("agreement-noun");
  private static final List<String> LINKS = Lexicon.words("attractor-link");

  /**
   * One sentence, ready to end with its verb.
   *
   * @param prompt up to the verb, without the space before it
   * @param verb the right form
   * @param wrong the form of the other number
   * @param ending what follows the verb
   */
  record Case(
      String prompt, String verb, String wrong, String ending, boolean plural, boolean opposed) {}

  @Override
  public Draft next(RandomSource random) {
    Case sentence = draw(random, random.chance(1, 2));
    return new Draft()
        .add(sentence.prompt() + " " + sentence.verb() + sentence.ending())
        .task("agreement");
  }

  /**
   * A random case.
   *
   * @param cued whether {@code a} and {@code many} stand before the nouns
   */
  static Case draw(RandomSource random, boolean cued) {
    boolean plural = random.chance(1, 2);
    String subject = random.pick(NOUNS);
    StringBuilder phrase = new StringBuilder(noun(subject, plural, cued));
    int attractors = cued && random.chance(1, 3) ? 0 : random.between(1, 2);
    boolean opposed = false;
    for (int i = 0; i < attractors; i++) {
      boolean otherPlural = random.chance(1, 2);
      opposed |= otherPlural != plural;
      phrase
          .append(' ')
          .append(random.pick(LINKS))
          .append(' ')
          .append(noun(random.pickOther(NOUNS, subject), otherPlural, cued && random.chance(1, 2)));
    }
    if (random.chance(1, 3)) {
      String quality = Lexicon.word("agreement-quality", random);
      String right = plural ? "are" : "is";
      return new Case(
          "Today " + phrase, right, plural ? "is" : "are", " " + quality + ".", plural, opposed);
    }
    String verb = Lexicon.word("agreement-verb", random);
    return new Case(
        "Who can " + verb + "? I think that " + phrase,
        plural ? verb : verb + "s",
        plural ? verb + "s" : verb,
        ".",
        plural,
        opposed);
  }

  private static String noun(String noun, boolean plural, boolean cued) {
    String determiner = cued ? (plural ? "many " : "a ") : "the ";
    return determiner + noun + (plural ? "s" : "");
  }
}

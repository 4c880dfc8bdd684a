package dev.loupe.world;

/**
 * The number of tokens of a text when each word, run of punctuation and pair of digits is one, as
 * for a vocabulary that was trained on the corpus; with the token that begins a document.
 */
final class TokenCount {
  private TokenCount() {}

  static int of(CharSequence text) {
    int tokens = 1;
    int run = 0;
    char previous = ' ';
    for (int i = 0; i < text.length(); i++) {
      char kind = kind(text.charAt(i));
      run = kind == previous ? run + 1 : 1;
      if (kind != ' ' && (run == 1 || (kind == '0' && run % 2 == 1))) {
        tokens++;
      }
      previous = kind;
    }
    return tokens;
  }

  private static char kind(char character) {
    if (Character.isLetter(character)) {
      return 'a';
    }
    if (Character.isDigit(character)) {
      return '0';
    }
    return Character.isWhitespace(character) ? ' ' : '.';
  }
}

package dev.loupe.tokenizer;

/**
 * One token of a text. Ranges are half-open and refer to the text that was encoded; a token that
 * the tokenizer put in (a begin-of-text token, say) has the empty range at 0. Tokens that hold some
 * bytes of one character all carry that character's whole range.
 *
 * @param id the token's number in the vocabulary
 * @param piece the token as written in the vocabulary, for example {@code ĠParis}
 * @param text the token as a person reads it, for example {@code " Paris"}; partial characters show
 *     as U+FFFD
 * @param start first code point
 * @param end code point after the last
 * @param startChar first UTF-16 index, as {@link String#substring} counts
 * @param endChar UTF-16 index after the last
 * @param added whether the tokenizer put the token in, so that no part of the text stands behind it
 */
public record Token(
    int id,
    String piece,
    String text,
    int start,
    int end,
    int startChar,
    int endChar,
    boolean added) {}

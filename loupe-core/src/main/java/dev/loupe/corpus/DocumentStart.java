package dev.loupe.corpus;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BoundaryTokens;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.TokenSequence;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The token that begins every document of a corpus.
 *
 * @param token its number
 * @param text its text in the vocabulary
 * @param reason why it was chosen, as the end of a sentence
 */
public record DocumentStart(int token, String text, String reason) {
  private static final String REMEDY =
      "Choose a model that has one, or name a token where the command has `documentStart`.";

  /**
   * The token that a model expects at the beginning of a text. What its tokenizer puts there comes
   * first. Then {@link BpeTrainer#END_OF_TEXT}, before the names in the configuration: where it is
   * in the vocabulary it separated the documents of the training, while chat models often name the
   * token of a turn.
   *
   * @param named what the model's files call the beginning and the end of a text
   * @throws LoupeException if there is none, or the model has no embedding row for it
   */
  public static DocumentStart of(Tokenizer tokenizer, BoundaryTokens named) {
    return added(tokenizer)
        .or(() ->
            tokenizer
                .id(BpeTrainer.END_OF_TEXT)
                .map(id -> at(tokenizer, id, "which ends a text in this vocabulary")))
        .or(() -> named(tokenizer, named.begin(), "which the model's files name as BOS"))
        .or(() ->
            named(tokenizer, named.end(), "which the model's files name as EOS; they name no BOS"))
        .orElseThrow(
            () -> LoupeException.badInput(tokenizer + " has no token that begins a text", REMEDY));
  }

  /**
   * A token that a person names, by its id or as written in the vocabulary.
   *
   * @throws LoupeException if there is no such token, or the model has no embedding row for it
   */
  public static DocumentStart named(Tokenizer tokenizer, String asked) {
    Optional<Integer> id =
        asked.matches("\\d{1,9}")
            ? Optional.of(Integer.parseInt(asked))
                .filter(number -> tokenizer.piece(number).isPresent())
            : tokenizer.id(asked);
    return at(
        tokenizer,
        id.orElseThrow(() ->
            LoupeException.badInput(
                "%s has no token %s to begin documents with".formatted(tokenizer, asked),
                "Give a token of the vocabulary, such as <s>, or its id.")),
        "as asked");
  }

  private static Optional<DocumentStart> added(Tokenizer tokenizer) {
    TokenSequence around = tokenizer.encode("a", true);
    boolean adds =
        around.size() > tokenizer.encode("a", false).size()
            && tokenizer.isControl(around.token(0).id());
    return adds
        ? Optional.of(at(tokenizer, around.token(0).id(), "which the tokenizer puts before a text"))
        : Optional.empty();
  }

  private static Optional<DocumentStart> named(Tokenizer tokenizer, OptionalInt id, String why) {
    return id.isPresent() && tokenizer.piece(id.getAsInt()).isPresent()
        ? Optional.of(at(tokenizer, id.getAsInt(), why))
        : Optional.empty();
  }

  private static DocumentStart at(Tokenizer tokenizer, int id, String why) {
    return new DocumentStart(tokenizer.requireRows(id)[0], tokenizer.piece(id).orElseThrow(), why);
  }

  /** As text for the user. */
  public String words() {
    return "Documents begin with %s (token %d), %s.".formatted(text, token, reason);
  }
}

package dev.loupe.instrument.trace;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Texts besides the prompt: what units hold on average there is what they are ablated to, and what
 * the model says there is what an ablation should leave as it is.
 *
 * @param name in words
 * @param texts each run on its own, as it is
 * @param answersOnly whether only what the model says after a text counts, as for questions; else
 *     what it says after each of its tokens
 */
public record Reference(String name, List<String> texts, boolean answersOnly) {
  private static final String ENGLISH = "reference.txt";

  public Reference {
    texts = List.copyOf(texts);
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("a reference needs a text");
    }
  }

  /**
   * The token ids of its texts, but for those that have no second token or do not fit the model.
   *
   * @param context tokens that the model reads at most
   * @throws LoupeException if none is left
   */
  List<int[]> ids(Tokenizer tokenizer, int context) {
    List<int[]> fitting =
        texts.stream()
            .map(text -> tokenizer.ids(text, true))
            .filter(ids -> ids.length > 1 && ids.length <= context)
            .toList();
    if (fitting.isEmpty()) {
      throw LoupeException.badInput(
          "no text of the reference has between 2 and %d tokens".formatted(context),
          "Choose another reference, for example sentences.");
    }
    return fitting;
  }

  /** The sentences that come with Loupe. */
  public static Reference english() {
    try (InputStream file = Reference.class.getResourceAsStream(ENGLISH)) {
      if (file == null) {
        throw new IllegalStateException(ENGLISH + " is missing");
      }
      List<String> lines =
          new String(file.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return new Reference(lines.size() + " English sentences that come with Loupe", lines, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

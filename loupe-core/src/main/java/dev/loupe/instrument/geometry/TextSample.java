package dev.loupe.instrument.geometry;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.Document;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.ActivationTable;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.load.LanguageModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Texts of one length, drawn from a corpus.
 *
 * @param documents tokens without the one that begins a document, each a multiple of {@code length}
 *     long, the shortest first
 * @param length positions of each text
 * @param skipped documents that were drawn and are shorter than a text
 */
record TextSample(List<int[]> documents, int length, int skipped) {
  /** Documents are drawn so many times more than are needed if each held one text. */
  private static final double SPARE = 1.5;

  private static final int LEAST_TEXTS = 2;

  /**
   * Draws documents and cuts them.
   *
   * @throws LoupeException if the corpus cannot be read or holds fewer than two texts
   */
  static TextSample of(TextsRequest asked, LanguageModel model, Run run) {
    int wanted = Math.ceilDiv(asked.tokens(), asked.length());
    List<Document> drawn = draw(asked, (int) (SPARE * wanted) + 8, _ -> true, run);
    return cut(asked, drawn, wanted, model, run);
  }

  private static TextSample cut(
      TextsRequest asked, List<Document> drawn, int wanted, LanguageModel model, Run run) {
    DocumentEncoder encoder = encoder(model);
    int most = (model.transformer().config().context() - 1) / asked.length();
    List<int[]> documents = new ArrayList<>();
    int texts = 0;
    int skipped = 0;
    for (Document document : drawn) {
      if (texts >= wanted) {
        break;
      }
      int[] ids = encoder.encode(document).ids();
      int pieces = Math.min(Math.min(most, wanted - texts), (ids.length - 1) / asked.length());
      if (pieces > 0) {
        documents.add(Arrays.copyOfRange(ids, 1, 1 + pieces * asked.length()));
        texts += pieces;
      } else {
        skipped++;
      }
      run.check();
    }
    if (texts < LEAST_TEXTS) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s holds %d texts of %,d tokens, and two at least are needed",
              asked.corpus(),
              texts,
              asked.length()),
          "Ask for shorter texts (`length`), or give more text.");
    }
    documents.sort(Comparator.comparingInt(ids -> ids.length));
    return new TextSample(documents, asked.length(), skipped);
  }

  /**
   * Draws documents that hold one of some words, and cuts them.
   *
   * @param each documents drawn for each word
   * @throws LoupeException if a word is in no text, or the corpus cannot be read
   */
  static TextSample holding(
      TextsRequest asked, List<String> words, int each, LanguageModel model, Run run) {
    Set<Document> drawn = new LinkedHashSet<>();
    for (String word : words) {
      Predicate<String> holds =
          Pattern.compile("\\b" + Pattern.quote(word) + "\\b", Pattern.UNICODE_CHARACTER_CLASS)
              .asPredicate();
      List<Document> some =
          draw(asked, each, document -> document.texts().stream().anyMatch(holds), run);
      requireFound(asked, word, some.size());
      drawn.addAll(some);
    }
    TextSample texts = cut(asked, List.copyOf(drawn), Integer.MAX_VALUE, model, run);
    int[] found = texts.occurrences(words, model).active();
    for (int i = 0; i < found.length; i++) {
      requireFound(asked, words.get(i), found[i]);
    }
    return texts;
  }

  private static void requireFound(TextsRequest asked, String word, int count) {
    if (count == 0) {
      throw LoupeException.badInput(
          "no text of %s holds “%s”".formatted(asked.corpus(), word),
          "Name words of the corpus (`concepts`), or ask for shorter texts (`length`).");
    }
  }

  /**
   * Where each word stands: 1 on the last token of each occurrence inside a sentence, {@code
   * [positions, words]}.
   */
  ActivationTable occurrences(List<String> words, LanguageModel model) {
    List<int[]> wanted =
        words.stream()
            .map(word -> {
              int[] with = model.tokenizer().textIds("a " + word);
              return Arrays.copyOfRange(with, model.tokenizer().textIds("a").length, with.length);
            })
            .toList();
    ActivationTable.Builder builder = new ActivationTable.Builder(length, words.size());
    for (int[] ids : documents) {
      for (int at = 1; at <= ids.length; at++) {
        for (int word = 0; word < wanted.size(); word++) {
          int[] own = wanted.get(word);
          boolean here =
              at >= own.length && Arrays.equals(ids, at - own.length, at, own, 0, own.length);
          builder.add(word, here ? 1 : 0);
        }
        builder.endPosition();
      }
    }
    return builder.build();
  }

  private static DocumentEncoder encoder(LanguageModel model) {
    return new DocumentEncoder(model.tokenizer(), start(model), model.chatTemplate());
  }

  /** The token that a model reads before every document. */
  static int start(LanguageModel model) {
    return DocumentStart.of(model.tokenizer(), model.boundaries()).token();
  }

  /** Reservoir sampling over the whole corpus, which may be in the order of a curriculum. */
  private static List<Document> draw(
      TextsRequest asked, int count, Predicate<Document> fits, Run run) {
    List<Document> drawn = new ArrayList<>();
    Random random = new Random(run.seed());
    long[] seen = {0};
    long[] read = {0};
    try (Steps steps = run.steps("reading the corpus", Counted.DOCUMENTS, 0)) {
      Corpus.open(asked.corpus(), false)
          .read(document -> {
            steps.at(++read[0]);
            if (!fits.test(document)) {
              return;
            }
            seen[0]++;
            if (drawn.size() < count) {
              drawn.add(document);
            } else {
              long place = random.nextLong(seen[0]);
              if (place < count) {
                drawn.set((int) place, document);
              }
            }
          });
    }
    // The first ones drawn stand where they stood in the corpus.
    Collections.shuffle(drawn, random);
    return drawn;
  }

  /**
   * Fails unless another model cuts these texts into the same tokens.
   *
   * @throws LoupeException if it does not
   */
  void requireSameTokens(LanguageModel own, LanguageModel other) {
    for (int[] ids : documents.subList(0, Math.min(20, documents.size()))) {
      for (int id : ids) {
        boolean known = id < other.tokenizer().vocabularySize();
        if (!known || !own.tokenizer().tokenText(id).equals(other.tokenizer().tokenText(id))) {
          throw LoupeException.badInput(
              "%s and %s have different tokens, so their features cannot be compared position by position"
                  .formatted(own.name(), other.name()),
              "Name a model with the same tokenizer.");
        }
      }
    }
  }

  /** Positions that count. */
  int positions() {
    return documents.stream().mapToInt(ids -> ids.length).sum();
  }

  /** How deep in its document each text begins, in texts: texts of one kind may change places. */
  int[] kinds() {
    return documents.stream()
        .flatMapToInt(ids -> IntStream.range(0, ids.length / length))
        .toArray();
  }

  /** The token at each position. */
  int[] tokens() {
    return documents.stream().flatMapToInt(Arrays::stream).toArray();
  }

  /** Documents side by side that have one length, at most so many positions at once. */
  List<List<int[]>> batches(int most) {
    List<List<int[]>> batches = new ArrayList<>();
    List<int[]> current = new ArrayList<>();
    for (int[] ids : documents) {
      boolean fits =
          current.isEmpty()
              || (current.getFirst().length == ids.length
                  && (current.size() + 1) * (ids.length + 1) <= most);
      if (!fits) {
        batches.add(current);
        current = new ArrayList<>();
      }
      current.add(ids);
    }
    batches.add(current);
    return batches;
  }
}

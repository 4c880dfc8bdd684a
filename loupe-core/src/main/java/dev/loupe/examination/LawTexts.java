package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.world.Document;
import dev.loupe.world.Words;
import dev.loupe.world.Words.Rates;
import dev.loupe.world.Words.Word;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The concepts of a world that can be judged, and text that neither model nor dictionary has read:
 * another world's, with this world's names in place of its own. Text is drawn so that every concept
 * occurs about equally often in it, whatever its rate: otherwise F1 itself would depend on
 * frequency.
 *
 * @param concepts that occur often enough
 * @param documents their tokens, without the one that begins a document
 * @param split words that the tokenizer splits
 * @param seldom words that occurred too seldom
 */
record LawTexts(List<Concept> concepts, List<int[]> documents, int split, int seldom) {
  /** Every so many documents are read whatever they hold. */
  private static final int BACKGROUND = 600;

  private static final double BINS_A_DECADE = 4;

  /**
   * A concept.
   *
   * @param token its one token, with the space before it
   * @param rate occurrences per token of the corpus
   */
  record Concept(Word word, int token, double rate) {}

  /**
   * Draws concepts and text.
   *
   * @throws LoupeException if no word of the world is one token
   */
  static LawTexts of(LawRequest asked, LanguageModel model, Random random, Runnable check) {
    World world = World.of(asked.world(), asked.scale());
    Rates rates = Words.rates(world, check);
    List<Concept> candidates = new ArrayList<>();
    int split = 0;
    for (Word word : Words.of(world)) {
      if (rates.rate(word.text()) > 0) {
        int[] ids = model.tokenizer().textIds("a " + word.text());
        int[] before = model.tokenizer().textIds("a");
        if (ids.length == before.length + 1) {
          candidates.add(new Concept(word, ids[ids.length - 1], rates.rate(word.text())));
        } else {
          split++;
        }
      }
    }
    List<Concept> drawn = draw(candidates, asked.concepts(), random);
    if (drawn.isEmpty()) {
      throw LoupeException.badInput(
          "no word of the world is one token of " + model.name(),
          "Ask a model that was trained on the world.");
    }
    Map<String, Integer> left = new HashMap<>();
    drawn.forEach(concept -> left.put(concept.word().text(), asked.each()));
    List<int[]> documents = documents(asked, world, model, left, check);
    List<Concept> judged =
        drawn.stream()
            .filter(concept -> left.getOrDefault(concept.word().text(), 0) <= asked.each() / 2)
            .toList();
    return new LawTexts(judged, documents, split, drawn.size() - judged.size());
  }

  /** As many of each quarter of a decade. */
  private static List<Concept> draw(List<Concept> all, int each, Random random) {
    Map<Long, List<Concept>> bins = new TreeMap<>();
    List<Concept> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    for (Concept concept : shuffled) {
      long bin = Math.round(Math.floor(BINS_A_DECADE * Math.log10(concept.rate())));
      List<Concept> some = bins.computeIfAbsent(bin, _ -> new ArrayList<>());
      if (some.size() < each) {
        some.add(concept);
      }
    }
    return bins.values().stream().flatMap(List::stream).toList();
  }

  private static List<int[]> documents(
      LawRequest asked,
      World world,
      LanguageModel model,
      Map<String, Integer> left,
      Runnable check) {
    World other = World.of(asked.world() + 1, asked.scale());
    Map<String, String> renaming = Words.renaming(other, world);
    int context = model.transformer().config().context() - 1;
    List<int[]> documents = new ArrayList<>();
    var corpus = other.corpus();
    for (long i = 0; corpus.hasNext(); i++) {
      Document document = corpus.next();
      boolean[] wanted = {i % BACKGROUND == 0};
      List<String> words = new ArrayList<>();
      Words.forEach(
          document.text(),
          word -> {
            String here = renaming.getOrDefault(word, word);
            words.add(here);
            wanted[0] |= left.getOrDefault(here, 0) > 0;
          });
      if (wanted[0]) {
        words.forEach(word -> left.computeIfPresent(word, (_, count) -> count - 1));
        int[] ids = model.tokenizer().textIds(Words.rewritten(document.text(), renaming));
        documents.add(Arrays.copyOf(ids, Math.min(ids.length, context)));
      }
      if (i % 1024 == 0) {
        check.run();
      }
    }
    documents.removeIf(ids -> ids.length == 0);
    Collections.shuffle(documents, new Random(asked.world()));
    return documents;
  }
}

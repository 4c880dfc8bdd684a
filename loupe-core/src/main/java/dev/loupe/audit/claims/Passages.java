package dev.loupe.audit.claims;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.Document;
import dev.loupe.corpus.Reading;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.prose.Bm25;
import dev.loupe.prose.Sentences;
import dev.loupe.prose.Stretch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Documents as passages of at most {@value #SENTENCES} sentences, each beginning with the last
 * sentence of the one before, found by BM25. Texts and index are in memory.
 */
public final class Passages implements AutoCloseable {
  private static final int SENTENCES = 3;
  private static final int LONGEST = 1_500;
  private static final long MOST_CHARACTERS = 200_000_000;

  private final List<Passage> all;
  private final Bm25 index;
  private final long documents;
  private final List<String> remarks;
  private final List<double[]> vectors = new ArrayList<>();

  /**
   * A part of a document.
   *
   * @param at where it stands in the document's text
   */
  public record Passage(String document, Stretch at, String text) {}

  /**
   * A passage that was found.
   *
   * @param score of BM25; 0 where only an embedding model found it
   */
  public record Found(Passage passage, double score) {}

  private Passages(List<Passage> all, long documents, List<String> remarks) {
    this.all = List.copyOf(all);
    this.documents = documents;
    this.remarks = List.copyOf(remarks);
    this.index = new Bm25(all.stream().map(Passage::text).toList());
  }

  /**
   * The documents of a file or folder.
   *
   * @param done receives how many are read, rising
   * @throws LoupeException if there is none, or they are too long for memory
   */
  public static Passages read(Path location, LongConsumer done) {
    List<Passage> all = new ArrayList<>();
    long[] read = new long[2];
    Reading reading =
        Corpus.open(location, false)
            .read(document -> {
              for (String text : document.texts()) {
                read[1] += text.length();
                if (read[1] > MOST_CHARACTERS) {
                  throw LoupeException.resource(
                      String.format(
                          Locale.ROOT,
                          "%s: more than %,d characters of documents",
                          location,
                          MOST_CHARACTERS),
                      "Give those documents that the answer could rest on.");
                }
                add(document.id(), text, all);
              }
              done.accept(++read[0]);
            });
    return new Passages(all, reading.documents(), reading.remarks());
  }

  /** Of documents at hand. */
  public static Passages of(List<Document> documents) {
    List<Passage> all = new ArrayList<>();
    documents.forEach(each -> each.texts().forEach(text -> add(each.id(), text, all)));
    return new Passages(all, documents.size(), List.of());
  }

  private static void add(String document, String text, List<Passage> all) {
    List<Stretch> sentences = new ArrayList<>();
    Sentences.of(text).forEach(each -> cut(each, sentences));
    int from = 0;
    while (from < sentences.size()) {
      int to = from + 1;
      while (to < sentences.size()
          && to - from < SENTENCES
          && sentences.get(to).end() - sentences.get(from).start() <= LONGEST) {
        to++;
      }
      Stretch at = new Stretch(sentences.get(from).start(), sentences.get(to - 1).end());
      all.add(new Passage(document, at, at.of(text)));
      from = to == sentences.size() ? to : Math.max(from + 1, to - 1);
    }
  }

  /** A sentence without an end, such as a table, in pieces. */
  private static void cut(Stretch sentence, List<Stretch> pieces) {
    for (int from = sentence.start(); from < sentence.end(); from += LONGEST) {
      pieces.add(new Stretch(from, Math.min(sentence.end(), from + LONGEST)));
    }
  }

  /** How many documents there are. */
  public long documents() {
    return documents;
  }

  /** How many passages there are. */
  public int size() {
    return all.size();
  }

  /** What was passed over, for people. */
  public List<String> remarks() {
    return remarks;
  }

  /** The passages that share most with a text, the best first. */
  public List<Found> find(String text, int most) {
    return index.best(text, most).stream()
        .map(hit -> new Found(all.get(hit.number()), hit.score()))
        .toList();
  }

  /**
   * The same by an embedding model too: besides those that share words with the text the same
   * number of those that are most alike, less those that are both.
   *
   * @param done receives how many passages are embedded, rising; each is embedded once
   */
  public List<Found> find(String text, int most, EmbeddingModel embedding, LongConsumer done) {
    while (vectors.size() < all.size()) {
      vectors.add(embedding.embed(all.get(vectors.size()).text()));
      done.accept(vectors.size());
    }
    double[] wanted = embedding.embed(text);
    List<Found> found = new ArrayList<>(find(text, most));
    IntStream.range(0, all.size())
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -EmbeddingModel.product(wanted, vectors.get(i))))
        .limit(most)
        .map(all::get)
        .filter(passage -> found.stream().noneMatch(each -> each.passage().equals(passage)))
        .toList()
        .forEach(passage -> found.add(new Found(passage, 0)));
    return found;
  }

  @Override
  public void close() {
    index.close();
  }
}

package dev.loupe.prose;

import dev.loupe.fault.FileFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * Texts found by their words: BM25 (Robertson and Zaragoza 2009), by Lucene with k1 = 1.2 and b =
 * 0.75, over the words that Unicode separates, in small letters. A query's repeated word counts
 * each time. The index is in memory.
 */
public final class Bm25 implements AutoCloseable {
  private static final String FIELD = "text";

  /** Kept from being collected: it advises people to start Java otherwise. */
  private static final Logger ADVICE =
      Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");

  static {
    ADVICE.setLevel(Level.OFF);
  }

  private final StandardAnalyzer analyzer = new StandardAnalyzer();
  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private final DirectoryReader reader;
  private final IndexSearcher searcher;

  /**
   * A text that was found.
   *
   * @param number from 0, in the order of the texts
   */
  public record Hit(int number, double score) {}

  /** Indexes the texts. */
  public Bm25(Iterable<String> texts) {
    try {
      // One segment in the order of the texts, so that Lucene's numbers are theirs.
      IndexWriterConfig settings =
          new IndexWriterConfig(analyzer)
              .setMergePolicy(NoMergePolicy.INSTANCE)
              .setMaxBufferedDocs(Integer.MAX_VALUE)
              .setRAMBufferSizeMB(1024)
              .setSimilarity(new BM25Similarity());
      try (IndexWriter writer = new IndexWriter(directory, settings)) {
        for (String text : texts) {
          org.apache.lucene.document.Document indexed = new org.apache.lucene.document.Document();
          indexed.add(new TextField(FIELD, text, Field.Store.NO));
          writer.addDocument(indexed);
        }
      }
      reader = DirectoryReader.open(directory);
      searcher = new IndexSearcher(reader);
      searcher.setSimilarity(new BM25Similarity());
    } catch (IOException e) {
      throw FileFault.cannotWrite(Path.of("index in memory"), e);
    }
  }

  /** The texts that share a word with the query, the best first. */
  public List<Hit> best(String query, int most) {
    List<Hit> hits = new ArrayList<>();
    try {
      for (ScoreDoc found : searcher.search(query(query), most).scoreDocs) {
        hits.add(new Hit(found.doc, found.score));
      }
      return hits;
    } catch (IOException e) {
      throw FileFault.cannotRead(Path.of("index in memory"), "Ask again.", e);
    }
  }

  /** The score of every text, {@code [text]}; 0 where no word is shared. */
  public double[] scores(String query) {
    double[] scores = new double[reader.maxDoc()];
    best(query, Math.max(1, scores.length)).forEach(hit -> scores[hit.number()] = hit.score());
    return scores;
  }

  private BooleanQuery query(String text) throws IOException {
    Map<String, Integer> times = new LinkedHashMap<>();
    try (TokenStream words = analyzer.tokenStream(FIELD, text)) {
      CharTermAttribute word = words.addAttribute(CharTermAttribute.class);
      words.reset();
      while (words.incrementToken()) {
        times.merge(word.toString(), 1, Integer::sum);
      }
      words.end();
    }
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    times.forEach((word, count) ->
        query.add(
            new BoostQuery(new TermQuery(new Term(FIELD, word)), count),
            BooleanClause.Occur.SHOULD));
    return query.build();
  }

  @Override
  public void close() {
    try (directory) {
      reader.close();
      analyzer.close();
    } catch (IOException e) {
      throw FileFault.cannotRead(Path.of("index in memory"), "Ask again.", e);
    }
  }
}

package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
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
 * The baseline that knows words only: BM25 (Robertson and Zaragoza 2009) over the model's tokens,
 * by Lucene with k1 = 1.2 and b = 0.75. A query's repeated token counts each time.
 */
final class Bm25 implements AutoCloseable {
  private static final String FIELD = "tokens";

  /** Kept from being collected: it advises people to start Java otherwise. */
  private static final Logger ADVICE =
      Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");

  static {
    ADVICE.setLevel(Level.OFF);
  }

  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private final DirectoryReader reader;
  private final IndexSearcher searcher;

  Bm25(List<Sequence> documents) {
    try {
      // One segment in the order of the documents, so that Lucene's numbers are theirs.
      IndexWriterConfig settings =
          new IndexWriterConfig(new StandardAnalyzer())
              .setMergePolicy(NoMergePolicy.INSTANCE)
              .setMaxBufferedDocs(Integer.MAX_VALUE)
              .setRAMBufferSizeMB(1024)
              .setSimilarity(new BM25Similarity());
      try (IndexWriter writer = new IndexWriter(directory, settings)) {
        for (Sequence document : documents) {
          org.apache.lucene.document.Document indexed = new org.apache.lucene.document.Document();
          indexed.add(new TextField(FIELD, text(document.tokens()), Field.Store.NO));
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

  private static String text(int[] tokens) {
    StringBuilder text = new StringBuilder();
    Arrays.stream(tokens).forEach(token -> text.append(token).append(' '));
    return text.toString();
  }

  /** The score of every document, {@code [document]}; 0 where no token is shared. */
  double[] scores(int[] tokens) {
    Map<Integer, Integer> times = new LinkedHashMap<>();
    Arrays.stream(tokens).forEach(token -> times.merge(token, 1, Integer::sum));
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    times.forEach((token, count) ->
        query.add(
            new BoostQuery(new TermQuery(new Term(FIELD, "" + token)), count),
            BooleanClause.Occur.SHOULD));
    double[] scores = new double[reader.maxDoc()];
    try {
      for (ScoreDoc found : searcher.search(query.build(), Math.max(1, scores.length)).scoreDocs) {
        scores[found.doc] = found.score;
      }
      return scores;
    } catch (IOException e) {
      throw FileFault.cannotRead(Path.of("index in memory"), "Ask again.", e);
    }
  }

  @Override
  public void close() {
    try (directory) {
      reader.close();
    } catch (IOException e) {
      throw FileFault.cannotRead(Path.of("index in memory"), "Ask again.", e);
    }
  }
}

package dev.loupe.instrument.influence;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.Document;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.Sha256;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A corpus as the model was trained on it: each document alone, from its start token; one longer
 * than the model's context in pieces.
 *
 * @param sequences in reading order
 * @param documents that were read
 * @param pieced documents longer than the context
 * @param tokens of all sequences
 * @param sha256 of ids and tokens: the same text in another file or compression has the same
 */
record TrainingText(
    List<Sequence> sequences, long documents, long pieced, long tokens, String sha256) {

  /**
   * Reads a share of the documents, drawn by their ids.
   *
   * @throws LoupeException if the corpus cannot be read, or no document has two tokens
   */
  static TrainingText read(Corpus corpus, LanguageModel model, double share, int context, Run run) {
    int start = DocumentStart.of(model.tokenizer(), model.boundaries()).token();
    DocumentEncoder encoder = new DocumentEncoder(model.tokenizer(), start, model.chatTemplate());
    Reader reader = new Reader(context);
    corpus.read(document -> {
      run.check();
      if (share >= 1 || EncodedCorpus.isHeldOut(document.id(), share)) {
        reader.add(document, encoder.encode(document));
      }
    });
    if (reader.sequences.isEmpty()) {
      throw LoupeException.badInput(
          corpus.location() + ": no document was drawn in which a token follows another",
          "Read a larger share of the documents, or name another corpus.");
    }
    return reader.read();
  }

  /** Characters of the corpus, without turning them into tokens. */
  static long characters(Corpus corpus) {
    return corpus.read(_ -> {}).characters();
  }

  private static final class Reader {
    private final List<Sequence> sequences = new ArrayList<>();
    private final Sha256 hash = new Sha256();
    private final int context;
    private long documents;
    private long pieced;
    private long tokens;

    Reader(int context) {
      this.context = context;
    }

    void add(Document document, DocumentEncoder.Encoded encoded) {
      documents++;
      int[] ids = encoded.ids();
      hash.add(document.id());
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (ids.length + 1));
      bytes.putInt(ids.length).asIntBuffer().put(ids);
      hash.add(bytes.array());
      boolean isLong = ids.length > context;
      pieced += isLong ? 1 : 0;
      for (int from = 0; from < ids.length; from += context) {
        int[] piece = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + context));
        if (piece.length > 1) {
          boolean[] counts = new boolean[piece.length];
          for (int t = 0; t + 1 < piece.length; t++) {
            counts[t] = encoded.counts()[from + t + 1];
          }
          String id = isLong ? document.id() + "#" + (1 + from / context) : document.id();
          sequences.add(new Sequence(id, piece, counts, document.labels()));
          tokens += piece.length;
        }
      }
    }

    TrainingText read() {
      return new TrainingText(List.copyOf(sequences), documents, pieced, tokens, hash.hex());
    }
  }
}

package dev.loupe.instrument.features;

import dev.loupe.instrument.Subject;
import java.nio.file.Path;

/**
 * Asks for an index of what every feature does on a corpus.
 *
 * @param corpus a file of JSON lines, Parquet or text, or a folder of such files
 * @param store the folder of the index, new or begun
 * @param strict whether the first broken record ends the work; otherwise it is passed over
 * @param settings how much is read and kept
 */
public record IndexRequest(Path corpus, Path store, boolean strict, IndexSettings settings) {
  /** All of a corpus, a million tokens at most, in pieces that the model can read. */
  public static IndexRequest of(Subject subject, Path corpus, Path store) {
    return new IndexRequest(
        corpus,
        store,
        false,
        IndexSettings.DEFAULT.within(subject.transformer().config().context()));
  }
}

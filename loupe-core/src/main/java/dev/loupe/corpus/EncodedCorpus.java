package dev.loupe.corpus;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.Sha256;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A corpus as two token files: what is trained on, and what is held out to measure the loss.
 *
 * @param training the file of the documents that are trained on
 * @param heldOut the file of those held out; it may be without any
 * @param reading counts from reading the corpus
 * @param tokens how many tokens there are in both
 */
public record EncodedCorpus(Path training, Path heldOut, Reading reading, long tokens) {
  /**
   * Encodes every document of a corpus into {@code training.tokens} and {@code held-out.tokens}.
   * Whether a document is held out depends on its id alone, so that the two stay separate when a
   * corpus grows.
   *
   * @param share the share of documents to hold out, 0 to below 1
   * @param observer receives every document before it is encoded
   * @throws LoupeException as {@link Corpus#read} does, if the share is out of range, or if the
   *     disk refuses
   */
  public static EncodedCorpus encode(
      Corpus corpus,
      DocumentEncoder encoder,
      double share,
      Path folder,
      Consumer<Document> observer) {
    if (!(share >= 0 && share < 1)) {
      throw LoupeException.badInput(
          "a held-out share of " + share + " is out of range", "Choose one from 0 to below 1.");
    }
    Path trainingFile = folder.resolve("training.tokens");
    Path heldOutFile = folder.resolve("held-out.tokens");
    try (TokenFile.Writer training = new TokenFile.Writer(trainingFile);
        TokenFile.Writer heldOut = new TokenFile.Writer(heldOutFile)) {
      Reading reading =
          corpus.read(document -> {
            observer.accept(document);
            (isHeldOut(document.id(), share) ? heldOut : training).add(document, encoder);
          });
      if (training.tokens() == 0) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "%s: all %,d documents are held out",
                corpus.location(),
                reading.documents()),
            "Hold out a smaller share.");
      }
      training.finish();
      heldOut.finish();
      return new EncodedCorpus(
          trainingFile, heldOutFile, reading, training.tokens() + heldOut.tokens());
    }
  }

  /** Whether a document of this id is held out when {@code share} of all documents is. */
  public static boolean isHeldOut(String id, double share) {
    byte[] hash = new Sha256().add(id).bytes();
    return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53 < share;
  }
}

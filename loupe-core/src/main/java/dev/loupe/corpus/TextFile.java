package dev.loupe.corpus;

import dev.loupe.file.FileText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A text file is one document, named by its path. */
final class TextFile {
  private static final long LARGEST = 256L << 20;

  private TextFile() {}

  static void read(Path file, String name, Tally tally) throws IOException {
    long size = Files.size(file);
    if (size > LARGEST) {
      tally.broken(
          name,
          String.format(Locale.ROOT, "has %,d bytes; one document has at most %,d", size, LARGEST));
      return;
    }
    String text;
    try {
      text = FileText.read(file);
    } catch (CharacterCodingException e) {
      tally.broken(name, "is not UTF-8 text");
      return;
    }
    if (text.isBlank()) {
      tally.broken(name, "holds no text");
    } else {
      tally.document(Document.text(name, text));
    }
  }
}

package dev.loupe.corpus;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Counts the documents of a corpus as they are read, and its broken records. */
final class Tally {
  private final Consumer<Document> consumer;
  private final boolean strict;
  private final List<Reading.Broken> firstBroken = new ArrayList<>();
  private long documents;
  private long conversations;
  private long characters;
  private long broken;

  Tally(Consumer<Document> consumer, boolean strict) {
    this.consumer = consumer;
    this.strict = strict;
  }

  void document(Document document) {
    documents++;
    conversations += document.isChat() ? 1 : 0;
    characters += document.text().length();
    document.messages().forEach(message -> characters += message.content().length());
    consumer.accept(document);
  }

  void broken(String place, String reason) {
    if (strict) {
      throw LoupeException.badInput(
          place + ": " + reason, "Correct the record, or leave out `strict` to skip it.");
    }
    broken++;
    if (firstBroken.size() < Reading.NAMED) {
      firstBroken.add(new Reading.Broken(place, reason));
    }
  }

  long documents() {
    return documents;
  }

  Reading reading(Path location) {
    if (documents == 0) {
      throw broken == 0
          ? LoupeException.badInput(
              location + ": the corpus is empty", "Give a corpus that holds documents.")
          : LoupeException.badInput(
              String.format(
                  Locale.ROOT,
                  "%s: none of its %,d records is a document; the first, %s: %s",
                  location,
                  broken,
                  firstBroken.getFirst().place(),
                  firstBroken.getFirst().reason()),
              "Give records with text, or messages, or prompt and answer.");
    }
    return new Reading(documents, conversations, characters, broken, firstBroken);
  }
}

package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/** A document while it is written: its text, and what is noted about it. */
final class Draft {
  private final StringBuilder text = new StringBuilder();
  private final List<Document.Statement> facts = new ArrayList<>();
  private final List<String> concepts = new ArrayList<>();
  private final List<String> tasks = new ArrayList<>();

  Draft add(String part) {
    text.append(part);
    return this;
  }

  /** Appends the object of a fact, and notes that it stands here. */
  Draft state(Fact fact) {
    int from = text.length();
    text.append(fact.object());
    facts.add(new Document.Statement(fact, from, text.length()));
    return this;
  }

  boolean states(Fact fact) {
    return facts.stream().anyMatch(statement -> statement.fact().equals(fact));
  }

  Draft concept(String name) {
    if (!concepts.contains(name)) {
      concepts.add(name);
    }
    return this;
  }

  Draft task(String name) {
    if (!tasks.contains(name)) {
      tasks.add(name);
    }
    return this;
  }

  CharSequence text() {
    return text;
  }

  int length() {
    return text.length();
  }

  Document finish(String id, Family family) {
    return new Document(
        id, family, text.toString(), List.copyOf(facts), List.copyOf(concepts), List.copyOf(tasks));
  }
}

package dev.loupe.audit.corpus;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.Document;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.file.LfsPointer;
import dev.loupe.outcomes.OutcomeColumns;
import dev.loupe.outcomes.OutcomeFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a corpus states facts. Without patterns it is a table of triples, CSV or JSON lines, plain
 * or by gzip: columns for relation, subject and object, or a column {@code facts} with a list of
 * such objects, as the corpora of {@code loupe world generate} have it. With patterns it is any
 * corpus that Loupe reads, whose documents are searched.
 *
 * @param relation column, default: relation
 * @param subject column, default: subject
 * @param object column, default: object; an empty one says that it is not known
 * @param patterns by the relation's name, with the named groups {@code subject} and {@code object}
 * @param unknown an object in which this is found says that it is not known
 */
public record FactSource(
    Optional<String> relation,
    Optional<String> subject,
    Optional<String> object,
    Map<String, Pattern> patterns,
    Pattern unknown) {
  private static final String ONE_RELATION = "facts";

  /**
   * @throws LoupeException if a pattern lacks a group
   */
  public FactSource {
    // In the order of the names, so that the same source has the same text in every run.
    patterns = Collections.unmodifiableMap(new TreeMap<>(patterns));
    patterns.forEach((name, pattern) -> {
      for (String group : List.of("subject", "object")) {
        if (!pattern.namedGroups().containsKey(group)) {
          throw LoupeException.badInput(
              "the pattern of '%s' has no group named %s".formatted(name, group),
              "Write it like (?<subject>[A-Z]\\w+) was born on (?<object>\\w+ \\d+).");
        }
      }
    });
  }

  /** What reading a shard has found besides statements. */
  public record Counted(long documents, List<String> notes) {}

  /**
   * Reads one file.
   *
   * @throws LoupeException if it cannot be read, or a row of a table names no fact; with the line
   */
  public Counted read(Path file, Consumer<FactStatement> each) {
    return patterns.isEmpty() ? table(file, each) : texts(file, each);
  }

  private Counted texts(Path file, Consumer<FactStatement> each) {
    long[] documents = new long[1];
    var reading =
        Corpus.open(file, false)
            .read(document -> {
              documents[0]++;
              search(document, each);
            });
    return new Counted(documents[0], reading.remarks());
  }

  private void search(Document document, Consumer<FactStatement> each) {
    for (String text : document.texts()) {
      patterns.forEach((name, pattern) -> {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
          String who = matcher.group("subject");
          if (who != null) {
            each.accept(statement(name, who, Optional.ofNullable(matcher.group("object"))));
          }
        }
      });
    }
  }

  private Counted table(Path file, Consumer<FactStatement> each) {
    try {
      LfsPointer.refuse(file);
      try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
          InputStream plain =
              file.toString().endsWith(".gz") ? new GZIPInputStream(bytes, 1 << 16) : bytes) {
        long rows =
            OutcomeFile.rows(
                plain, file.toString(), (names, values, place) -> row(names, values, place, each));
        return new Counted(rows, List.of());
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  private void row(
      List<String> names,
      List<Optional<String>> values,
      String place,
      Consumer<FactStatement> each) {
    int nested = subject.isEmpty() ? names.indexOf("facts") : -1;
    if (nested >= 0) {
      nested(values.get(nested).orElse("[]"), place, each);
      return;
    }
    Optional<String> who = cell(names, values, subject, "subject", place);
    Optional<String> what = cell(names, values, object, "object", place);
    boolean hasRelation = relation.isPresent() || names.contains("relation");
    String name =
        hasRelation
            ? cell(names, values, relation, "relation", place).orElse(ONE_RELATION)
            : ONE_RELATION;
    each.accept(
        statement(
            name,
            who.filter(text -> !text.isBlank())
                .orElseThrow(() ->
                    LoupeException.badInput(
                        place + ": has no subject", "Name whose fact it is in each row.")),
            what));
  }

  private static Optional<String> cell(
      List<String> names,
      List<Optional<String>> values,
      Optional<String> asked,
      String usual,
      String place) {
    int at = names.indexOf(asked.orElse(usual));
    if (at < 0) {
      throw OutcomeColumns.missing(names, asked.orElse(usual), usual, place);
    }
    return values.get(at);
  }

  /** {@code [{"relation", "subject", "object"}]}, or {@code [{"fact": "relation/subject"}]}. */
  private void nested(String json, String place, Consumer<FactStatement> each) {
    JsonNode facts;
    try {
      facts = JsonMapper.shared().readTree(json);
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          place + ": its facts are not JSON: " + JsonText.why(e),
          "Write a list of objects with relation, subject and object.",
          e);
    }
    for (JsonNode fact : facts) {
      String id = fact.path("fact").asString("");
      int slash = id.indexOf('/');
      if (slash > 0) {
        // The Almanac names the fact; its value is the same wherever it is stated.
        each.accept(
            new FactStatement(
                id.substring(0, slash), id.substring(slash + 1), Optional.of("stated")));
      } else if (fact.path("subject").isString()) {
        each.accept(
            statement(
                fact.path("relation").asString(ONE_RELATION),
                fact.path("subject").asString(),
                Optional.of(fact.path("object").asString(""))));
      } else {
        throw LoupeException.badInput(
            place + ": a fact has neither a subject nor an id",
            "Write a list of objects with relation, subject and object.");
      }
    }
  }

  private FactStatement statement(String name, String who, Optional<String> what) {
    return new FactStatement(
        name,
        who.strip(),
        what.map(String::strip).filter(text -> !text.isEmpty() && !unknown.matcher(text).find()));
  }
}

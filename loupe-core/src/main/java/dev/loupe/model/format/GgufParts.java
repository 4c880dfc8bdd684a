package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.PartName;
import dev.loupe.tensor.MappedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The files of one model: most often one, or the parts that llama.cpp's {@code gguf-split} makes of
 * it. All parts are in one folder, named {@code NAME-00001-of-00003.gguf}; the first holds the
 * metadata, and each says which part it is, of how many, and how many tensors there are in all.
 *
 * @param first holds the metadata
 * @param others the further parts, in order
 */
record GgufParts(Part first, List<Part> others) {
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  /** What a part may say of the model beside its number; the first part says it too, or more. */
  private static final List<String> IDENTITY = List.of("general.architecture", "general.name");

  private static final String MIXED = "Fetch all parts of one model again, into one folder.";

  /** One file, opened. */
  record Part(MappedFile file, GgufCursor cursor, GgufHeader header) {
    static Part open(Path path) {
      MappedFile file = MappedFile.open(path);
      boolean opened = false;
      try {
        GgufCursor cursor = new GgufCursor(path.toString(), file.bytes());
        Part part = new Part(file, cursor, GgufHeader.read(cursor, file));
        opened = true;
        return part;
      } finally {
        if (!opened) {
          file.close();
        }
      }
    }

    /** A whole number of the metadata, or what stands for its absence. */
    long integer(String key, long otherwise) {
      GgufValue value = header.metadata().get(key);
      return value == null
          ? otherwise
          : value
              .integer(cursor)
              .orElseThrow(() -> cursor.fault(value.place(), key + " is not a whole number"));
    }

    Optional<String> text(String key) {
      return Optional.ofNullable(header.metadata().get(key)).flatMap(value -> value.text(cursor));
    }

    String name() {
      return String.valueOf(file.path().getFileName());
    }
  }

  /** Opens a file and the parts that belong to it. */
  static GgufParts open(Path path) {
    List<Part> opened = new ArrayList<>();
    boolean whole = false;
    try {
      Part asked = Part.open(path);
      opened.add(asked);
      GgufParts parts = asked.integer(COUNT, 1) == 1 ? alone(asked) : all(asked, opened);
      whole = true;
      return parts;
    } finally {
      if (!whole) {
        opened.forEach(part -> part.file().close());
      }
    }
  }

  /** The tensors of all parts, in their order. */
  SequencedMap<String, GgufTensor> tensors() {
    SequencedMap<String, GgufTensor> tensors = new LinkedHashMap<>(first.header().tensors());
    others.forEach(part -> tensors.putAll(part.header().tensors()));
    return tensors;
  }

  private static GgufParts alone(Part asked) {
    Optional<PartName> named = PartName.of(asked.name());
    if (named.isPresent()) {
      throw LoupeException.badInput(
          "%s: is named as part %d of %d but its metadata does not say that it is one (%s)"
              .formatted(asked.file().path(), named.get().number(), named.get().count(), COUNT),
          "Give it another name if it is a whole model; fetch it again if it is not.");
    }
    return new GgufParts(asked, List.of());
  }

  private static GgufParts all(Part asked, List<Part> opened) {
    long count = asked.integer(COUNT, 1);
    long number = asked.integer(NUMBER, 0) + 1;
    PartName name = name(asked, number, count);
    List<Path> missing = new ArrayList<>();
    for (String each : name.all()) {
      if (!Files.exists(asked.file().path().resolveSibling(each))) {
        missing.add(Path.of(each));
      }
    }
    if (!missing.isEmpty()) {
      throw LoupeException.badInput(
          "%s: is part %d of a model in %d parts, of which %s %s missing"
              .formatted(
                  asked.file().path(),
                  number,
                  count,
                  missing.stream().map(Path::toString).collect(Collectors.joining(", ")),
                  missing.size() == 1 ? "is" : "are"),
          "Put all parts into one folder, or let 'loupe models pull' fetch them.");
    }
    List<Part> parts = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      Part part = asked;
      if (i != number) {
        part = Part.open(asked.file().path().resolveSibling(name.sibling(i)));
        opened.add(part);
      }
      parts.add(part);
    }
    GgufParts result = new GgufParts(parts.getFirst(), parts.subList(1, parts.size()));
    result.requireOneModel(count);
    return result;
  }

  /** The name determines the other parts, so it must agree with the metadata. */
  private static PartName name(Part asked, long number, long count) {
    Optional<PartName> name = PartName.of(asked.name());
    if (name.isEmpty() || name.get().count() != count || name.get().number() != number) {
      String due =
          count < 1 || count > 65_535 || number < 1 || number > count
              ? "NAME-00001-of-00002.gguf"
              : "NAME-%05d-of-%05d.gguf".formatted(number, count);
      throw LoupeException.badInput(
          "%s: says that it is part %d of %d, which its name does not say"
              .formatted(asked.file().path(), number, count),
          "Give the part its own name back, as in " + due + ", beside the others.");
    }
    return name.get();
  }

  private void requireOneModel(long count) {
    List<Part> all = new ArrayList<>(List.of(first));
    all.addAll(others);
    SequencedMap<String, Part> origins = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      Part part = all.get(i);
      if (part.integer(COUNT, 1) != count || part.integer(NUMBER, -1) != i) {
        throw stranger(
            part,
            "says that it is part %d of %d, not %d of %d"
                .formatted(part.integer(NUMBER, -1) + 1, part.integer(COUNT, 1), i + 1, count));
      }
      for (String key : IDENTITY) {
        Optional<String> text = part.text(key);
        if (text.isPresent() && !text.equals(first.text(key))) {
          throw stranger(
              part, key + " is " + text.get() + ", in part 1 " + first.text(key).orElse("absent"));
        }
      }
      requireSame(part, TENSORS);
      for (String tensor : part.header().tensors().keySet()) {
        Part earlier = origins.putIfAbsent(tensor, part);
        if (earlier != null) {
          throw stranger(part, "holds tensor " + tensor + ", which " + earlier.name() + " holds");
        }
      }
    }
    long due = first.integer(TENSORS, origins.size());
    if (due != origins.size()) {
      throw LoupeException.badInput(
          "%s: %s is %d, but the %d parts hold %d tensors"
              .formatted(first.file().path(), TENSORS, due, count, origins.size()),
          MIXED);
    }
  }

  private void requireSame(Part part, String key) {
    if (part.integer(key, -1) != first.integer(key, -1)) {
      throw stranger(
          part,
          "%s is %d, in part 1 %d".formatted(key, part.integer(key, -1), first.integer(key, -1)));
    }
  }

  private static LoupeException stranger(Part part, String why) {
    return LoupeException.badInput(
        part.file().path() + ": is not part of the same model: it " + why, MIXED);
  }
}

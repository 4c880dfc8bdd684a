package dev.loupe.instrument.features;

import dev.loupe.corpus.Corpus;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an index was made of, as its files record it: name to value. */
final class StoreIdentity {
  static final String VERSION = "1";

  private static final String MODEL = "model";
  private static final String MODEL_SHA256 = "model sha256";
  private static final String BASIS = "basis";
  private static final String FINGERPRINT = "basis fingerprint";

  private StoreIdentity() {}

  /** What an index of these would record. */
  static SequencedMap<String, String> of(
      Subject subject, List<Integer> layers, Corpus corpus, IndexSettings settings) {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    facts.put("loupe.features", VERSION);
    facts.put(MODEL, subject.weights().name());
    facts.put(MODEL_SHA256, subject.sha256());
    facts.put(BASIS, subject.basis().name());
    facts.put(FINGERPRINT, BasisFingerprint.of(subject.basis().basis()));
    facts.put("layers", layers.stream().map(String::valueOf).collect(Collectors.joining(",")));
    facts.put("corpus", describe(corpus));
    facts.put(
        "tokens asked for",
        settings.tokens().isPresent() ? "" + settings.tokens().getAsLong() : "not said");
    facts.put(
        "share of documents",
        settings.share().isPresent() ? "" + settings.share().getAsDouble() : "not said");
    facts.put("context", "" + settings.context());
    facts.put("examples", "" + settings.examples());
    facts.put("tokens before the peak", "" + settings.before());
    facts.put("tokens after the peak", "" + settings.after());
    facts.put("memory for correlations", "" + settings.correlationBytes());
    return facts;
  }

  private static String describe(Corpus corpus) {
    long bytes = 0;
    try {
      for (Path file : corpus.files()) {
        bytes += Files.size(file);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(corpus.location(), e);
    }
    return String.format(Locale.ROOT, "%d files of %,d bytes", corpus.files().size(), bytes);
  }

  /**
   * Fails unless a begun index is of the same things.
   *
   * @throws LoupeException naming the first that differs
   */
  static void requireSame(String where, Map<String, String> found, Map<String, String> wanted) {
    wanted.forEach((name, value) -> {
      String there = found.getOrDefault(name, "not recorded");
      // Names may change: a folder is moved. What matters is beside them.
      if (!name.equals(MODEL) && !name.equals(BASIS) && !there.equals(value)) {
        throw LoupeException.badInput(
            "%s holds an index of something else: %s was %s, now it is %s"
                .formatted(where, name, there, value),
            "Ask for the same again to go on, or name another folder.");
      }
    });
  }

  /**
   * Fails unless the index is of this model and basis.
   *
   * @throws LoupeException naming both sides
   */
  static void requireSubject(String where, Map<String, String> found, Subject subject) {
    String version = found.getOrDefault("loupe.features", "none");
    if (!version.equals(VERSION)) {
      throw LoupeException.badInput(
          "%s is of version %s; this Loupe reads version %s".formatted(where, version, VERSION),
          "Index the corpus again.");
    }
    String model = subject.sha256();
    if (!model.equals(found.get(MODEL_SHA256))) {
      throw LoupeException.badInput(
          "%s was made with %s (weights %s), not with %s (weights %s)"
              .formatted(
                  where,
                  found.get(MODEL),
                  brief(found.get(MODEL_SHA256)),
                  subject.weights().name(),
                  brief(model)),
          "Name the model that it was made with, or index the corpus with this one.");
    }
    String fingerprint = BasisFingerprint.of(subject.basis().basis());
    if (!fingerprint.equals(found.get(FINGERPRINT))) {
      throw LoupeException.badInput(
          "%s holds features of %s (%s), not of %s (%s)"
              .formatted(
                  where,
                  found.get(BASIS),
                  brief(found.get(FINGERPRINT)),
                  subject.basis().name(),
                  brief(fingerprint)),
          "Name the dictionary that it was made with, or index the corpus with this one.");
    }
  }

  private static String brief(@Nullable String hash) {
    return hash == null ? "not recorded" : hash.substring(0, Math.min(12, hash.length()));
  }
}

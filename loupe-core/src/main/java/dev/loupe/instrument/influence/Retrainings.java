package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.file.Sha256;
import dev.loupe.job.Run;
import dev.loupe.model.training.FineTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a model says after it was trained without some documents, kept in a file: each training is a
 * line, written when it is done, so that a run that is stopped or killed loses the one under way. A
 * line that is not whole is left aside and its training made again.
 */
final class Retrainings {
  /** The file in the folder. */
  static final String NAME = "retrainings.jsonl";

  private final Path file;
  private final FineTuning tuning;
  private final List<Sequence> queries;
  private final String settings;
  private final Map<String, Retrained> known = new HashMap<>();
  private int made;

  /**
   * After one training.
   *
   * @param losses of each query, in nats
   * @param right whether greedy decoding gives each query's completion
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Retrained(double[] losses, boolean[] right) {}

  /**
   * @param settings everything on which the result depends, but documents kept and order
   */
  Retrainings(Path folder, FineTuning tuning, List<Sequence> queries, String settings) {
    this.file = folder.resolve(NAME);
    this.tuning = tuning;
    this.queries = queries;
    this.settings = settings;
    if (Files.exists(file)) {
      load();
    }
  }

  private void load() {
    try (var lines = Files.lines(file)) {
      lines.forEach(line -> {
        try {
          JsonNode root = JsonText.mapper().readTree(line);
          double[] losses = new double[root.path("losses").size()];
          boolean[] right = new boolean[losses.length];
          for (int q = 0; q < losses.length; q++) {
            losses[q] = root.path("losses").get(q).asDouble(Double.NaN);
            right[q] = root.path("right").path(q).asBoolean(false);
          }
          if (losses.length == queries.size()) {
            known.put(root.path("key").asString(""), new Retrained(losses, right));
          }
        } catch (JacksonException _) {
          // The end of a run that was killed while it wrote; its training is made again.
        }
      });
    } catch (IOException e) {
      throw FileFault.cannotRead(file, "Delete it to train anew.", e);
    }
  }

  /** How many trainings this run made; the others were there. */
  int made() {
    return made;
  }

  /**
   * Trained on some documents, now or before.
   *
   * @param order seed of the order in which documents are read
   * @throws LoupeException if the training diverges, or the disk refuses
   */
  Retrained of(BitSet kept, long order, Run run) {
    String key = key(kept, order);
    Retrained found = known.get(key);
    if (found != null) {
      return found;
    }
    double loss = tuning.run(kept, order, run::check, (_, _) -> {});
    if (!kept.isEmpty() && !Double.isFinite(loss)) {
      throw diverged(kept, loss);
    }
    Retrained now = now();
    append(key, now);
    known.put(key, now);
    made++;
    return now;
  }

  static LoupeException diverged(BitSet kept, double loss) {
    return LoupeException.badInput(
        "a training on %d documents diverged: its loss is %s".formatted(kept.cardinality(), loss),
        "Lower the learning rate (`training`).");
  }

  private Retrained now() {
    double[] losses = new double[queries.size()];
    boolean[] right = new boolean[queries.size()];
    for (int q = 0; q < losses.length; q++) {
      Sequence query = queries.get(q);
      losses[q] = tuning.loss(query.tokens(), query.counts());
      right[q] = tuning.says(query.tokens(), query.counts());
    }
    return new Retrained(losses, right);
  }

  private void append(String key, Retrained retrained) {
    ObjectNode root = JsonText.mapper().createObjectNode();
    root.put("key", key);
    var losses = root.putArray("losses");
    var right = root.putArray("right");
    for (int q = 0; q < retrained.losses.length; q++) {
      losses.add(retrained.losses[q]);
      right.add(retrained.right[q]);
    }
    try {
      // A line break first: it ends a line that a killed run left open.
      Files.writeString(
          file,
          "\n" + root,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND,
          StandardOpenOption.DSYNC);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }

  private String key(BitSet kept, long order) {
    return new Sha256().add(settings + "\n" + order + "\n").add(kept.toByteArray()).hex();
  }
}

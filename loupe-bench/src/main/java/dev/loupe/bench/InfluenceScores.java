package dev.loupe.bench;

import dev.loupe.file.JsonText;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.DocumentRanking;
import dev.loupe.instrument.influence.Sequence;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Fits EK-FAC to random sequences, with their own tokens as labels, and scores them for some
 * queries; one JSON line, see influence-vs-kronfluence.sh. The time is that from the opened model
 * to all scores.
 */
public final class InfluenceScores {
  private InfluenceScores() {}

  /**
   * Arguments: the model's folder, a file with the tokens of {@code documents} and {@code queries}
   * (of which the last token counts), threads, and the file to write the scores to.
   */
  public static void main(String[] arguments) throws IOException {
    Engine.useThreads(Integer.parseInt(arguments[2]));
    JsonNode data = JsonText.read(Path.of(arguments[1]));
    List<Sequence> documents =
        rows(data.path("documents")).stream().map(row -> Sequence.of("document", row)).toList();
    List<Sequence> queries =
        rows(data.path("queries")).stream()
            .map(row -> Sequence.completion(row, row.length - 1))
            .toList();
    try (LanguageModel model =
        LanguageModel.open(Path.of(arguments[0]), LoadOptions.of(DType.F32))) {
      long start = System.nanoTime();
      double startCpu = TraceSweep.cpu() / 1e9;
      double[][] influence =
          DocumentRanking.influence(
              Subject.of(model, () -> ""), documents, queries, true, Run.silent(0));
      System.out.printf(
          Locale.ROOT,
          "{\"engine\": \"loupe\", \"seconds\": %.3f, \"cpu\": %.3f, \"peak\": %d}%n",
          (System.nanoTime() - start) / 1e9,
          TraceSweep.cpu() / 1e9 - startCpu,
          TraceSweep.peakResident());
      Files.writeString(Path.of(arguments[3]), JsonText.mapper().writeValueAsString(influence));
    }
  }

  private static List<int[]> rows(JsonNode rows) {
    List<int[]> found = new ArrayList<>();
    for (JsonNode row : rows) {
      int[] tokens = new int[row.size()];
      for (int t = 0; t < tokens.length; t++) {
        tokens[t] = row.path(t).asInt(0);
      }
      found.add(tokens);
    }
    return found;
  }
}

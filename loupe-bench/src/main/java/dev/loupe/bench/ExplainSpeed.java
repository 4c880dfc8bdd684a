package dev.loupe.bench;

import static java.util.Objects.requireNonNull;

import dev.loupe.Loupe;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.explain.Explain;
import dev.loupe.instrument.explain.ExplainReport;
import dev.loupe.instrument.explain.ExplainRequest;
import dev.loupe.instrument.explain.ExplainRequest.AnswerAsked;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.instrument.explain.Highlight;
import dev.loupe.instrument.explain.HighlightReport;
import dev.loupe.instrument.explain.HighlightRequest;
import dev.loupe.instrument.explain.Level;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.instrument.explain.Method;
import dev.loupe.instrument.explain.Perturbation;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What peer/explain_icx360.py asks of ICX360, asked of Loupe: {@code ExplainSpeed MODEL MEXGEN.json
 * lshap|clime|highlight [bfloat16]}. Prints one line of JSON with the same fields.
 */
public final class ExplainSpeed {
  private ExplainSpeed() {}

  public static void main(String[] arguments) throws IOException {
    Engine.useThreads(1);
    JsonNode prompt = null;
    for (JsonNode each :
        JsonMapper.shared().readTree(Files.readString(Path.of(arguments[1]))).path("prompts")) {
      prompt = prompt == null && each.path("units").size() == 5 ? each : prompt;
    }
    List<String> units = new ArrayList<>();
    requireNonNull(prompt).path("units").forEach(each -> units.add(each.asString()));
    String question = "\n\nQuestion: " + prompt.path("question").asString();
    String text = "Context: " + String.join(" ", units) + question;
    boolean isNarrow = arguments.length > 3 && arguments[3].equals("bfloat16");
    LoadOptions options = LoadOptions.of(isNarrow ? DType.BF16 : DType.F32);
    try (LanguageModel model = Loupe.open(arguments[0], Loupe.hub(Progress.silent()), options)) {
      // The network has run once, as the peer's has.
      ask(model, arguments[2], "Context: Hi there. Bye now. Yes.", "Yes.", List.of());
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("method", arguments[2]);
      long wall = System.nanoTime();
      long used = processNanos();
      ask(model, arguments[2], text, prompt.path("target").asString(), units).forEach(line::put);
      line.put("seconds", (System.nanoTime() - wall) / 1e9);
      line.put("cpu", (processNanos() - used) / 1e9);
      line.put("peakMegabytes", peakMegabytes());
      System.out.println(JsonMapper.shared().writeValueAsString(line));
    }
  }

  private static Map<String, Object> ask(
      LanguageModel model, String method, String text, String target, List<String> units) {
    if (method.equals("highlight")) {
      HighlightRequest usual = HighlightRequest.of(text);
      HighlightReport report =
          Loupe.ask(
                  new Highlight(),
                  new HighlightRequest(
                      text,
                      true,
                      usual.affirmation(),
                      usual.alpha(),
                      usual.beta(),
                      0,
                      0,
                      Optional.empty()),
                  Loupe.subject(model))
              .answer();
      return Map.of("texts", 3, "scores", report.words().size());
    }
    boolean isLime = method.equals("clime");
    List<String> fixed = new ArrayList<>(List.of("Context:"));
    if (!units.isEmpty()) {
      fixed.addAll(isLime ? units.subList(1, units.size()) : List.of());
      fixed.add(text.substring(text.indexOf("Question:")));
    }
    ExplainRequest request =
        new ExplainRequest(
            text,
            true,
            new AnswerAsked(Optional.of(target), List.of(), Measure.LOG_PROBABILITY, 1),
            new Parts(
                List.of(isLime ? Level.WORD : Level.SENTENCE),
                List.of(),
                fixed,
                1,
                Optional.of(new Perturbation.Deletion())),
            Scores.of(isLime ? Method.C_LIME : Method.L_SHAP_TRUNCATED),
            0,
            OptionalInt.empty());
    ExplainReport report = new Explain().ask(request, Loupe.subject(model), Run.silent(0)).answer();
    return Map.of(
        "texts",
        report.texts(),
        "prob",
        report.levels().getFirst().units().stream()
            .filter(unit -> !unit.fixed())
            .map(ExplainReport.UnitScore::score)
            .toList());
  }

  private static long processNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long peakMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .flatMap(line -> Arrays.stream(line.split("\\s+")))
            .filter(word -> word.matches("\\d+"))
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0)
        / 1024;
  }
}

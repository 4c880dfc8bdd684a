package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The view of a training. */
class TrainingPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return training();
  }

  private static Map<String, Object> training(List<?> steps, List<?> evaluations, List<?> probes) {
    return Map.of(
        "schema",
        "loupe.training/1",
        "title",
        "Training of <b>model</b>",
        "sections",
        Map.of("model", Map.of("layers", 4, "width", 192, "parameters", 2_400_000)),
        "result",
        Map.of("step", 40, "steps", 40, "finished", true, "loss", 1.5, "evaluationLoss", 1.6),
        "steps",
        steps,
        "evaluations",
        evaluations,
        "probes",
        probes);
  }

  private static Map<String, Object> training() {
    List<?> steps =
        IntStream.rangeClosed(1, 40)
            .mapToObj(step ->
                Map.of(
                    "step",
                    step,
                    "tokens",
                    2048 * step,
                    "loss",
                    1 + 7.0 / step,
                    "learningRate",
                    0.001 * (40 - step),
                    "gradientNorm",
                    0.4,
                    "tokensPerSecond",
                    9000))
            .toList();
    List<?> evaluations =
        List.of(
            Map.of("step", 20, "tokens", 40_960, "loss", 1.9),
            Map.of("step", 40, "tokens", 81_920, "loss", 1.6));
    List<?> probes =
        List.of(
            Map.of(
                "probe",
                "questions",
                "name",
                "birthday/100+",
                "points",
                List.of(score(20, 3, 0.05, 0.4), score(40, 32, 0.89, 1))));
    return training(steps, evaluations, probes);
  }

  private static Map<String, Object> score(int step, int right, double low, double high) {
    return Map.of(
        "step", step, "tokens", 2048 * step, "right", right, "total", 32, "low", low, "high", high);
  }

  @Test
  void drawsLossQuestionsAndCourse() {
    Page page = show(training(), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).hasText("Training of <b>model</b>");
    assertThat(page.locator(".about")).containsText("40 of 40 · finished");
    assertThat(page.locator("figure.chart")).hasCount(5);
    assertThat(page.locator("#loss .line")).hasCount(2);
    assertThat(page.locator("#questions .band")).hasCount(1);
    assertThat(page.locator("#scores tbody tr")).hasText("birthday/100+32 of 32100%89.0% – 100%");
    assertThat(page.locator("#loss svg"))
        .hasAttribute(
            "aria-label",
            "nats a token, logarithmic: training from 8.00 to 1.18; held out from 1.90 to 1.60");
  }

  /** Dictionaries have no gradient's norm, and figures by layer. */
  @Test
  void tablesAndAnotherLossAreShown() {
    Map<String, Object> training = new HashMap<>(training());
    training.put("lossLabel", "residual share of variance");
    training.put(
        "tables",
        List.of(
            Map.of(
                "title",
                "2,048 features",
                "columns",
                List.of("Layer", "FVU"),
                "rows",
                List.of(List.of("0", "0.04 <b>"), List.of("1", "0.06")))));
    Page page = show(training, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#table-0 h2")).hasText("2,048 features");
    assertThat(page.locator("#table-0 tbody tr").first()).hasText("00.04 <b>");
    assertThat(page.locator("#loss svg"))
        .hasAttribute("aria-label", Pattern.compile("residual share of variance, logarithmic: .*"));
  }

  @Test
  void thePointerReadsTheCurve() {
    Page page = show(training(), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#loss output")).hasText("training 1.18 · held out 1.60 at 82\u202fk");
    page.locator("#loss svg").hover();
    String reading = page.locator("#loss output").innerText();
    assertTrue(reading.contains("held out 1.90"), reading);
    page.locator("h1").hover();
    assertThat(page.locator("#loss output")).hasText("training 1.18 · held out 1.60 at 82\u202fk");
  }

  @Test
  void aTrainingThatHasMeasuredNothingYetIsShown() {
    Page page = show(training(List.of(), List.of(), List.of()), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#loss")).containsText("Nothing was measured.");
    assertThat(page.locator("#questions")).hasCount(0);
  }
}

package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
    assertThat(page.locator("figure.chart")).hasCount(4);
    assertThat(page.locator("#loss .line")).hasCount(2);
    assertThat(page.locator("#questions .strip-cells i")).hasCount(2);
    assertThat(page.locator("#questions .strip-cells"))
        .hasAttribute("aria-label", "birthday/100+: 9.4% at first, 100% in the end");
    assertThat(page.locator("#questions tbody tr"))
        .hasText("birthday/100+32 of 32100%89.0% – 100%");
    assertThat(page.locator("#section-model")).containsText("2,400,000");
    assertThat(page.locator("#loss svg"))
        .hasAttribute(
            "aria-label",
            "nats a token, logarithmic: training from 8.00 to 1.18; held out from 1.90 to 1.60");
  }

  /**
   * A logarithmic axis is marked at every digit; within one decade all are named, over several 1, 2
   * and 5.
   */
  @Test
  void aLogarithmicAxisIsMarkedAsOne() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(
        List.of("2.00", "3.00"), page.locator("#loss .tick").allTextContents().subList(0, 2));
    assertThat(page.locator("#loss .grid.minor")).hasCount(0);
    List<?> steep =
        IntStream.rangeClosed(1, 40)
            .mapToObj(step ->
                Map.of(
                    "step",
                    step,
                    "tokens",
                    step,
                    "loss",
                    1000.0 / step,
                    "learningRate",
                    0.001,
                    "gradientNorm",
                    0,
                    "tokensPerSecond",
                    9000))
            .toList();
    Page wide = show(training(steep, List.of(), List.of()), "", 1280, ColorScheme.LIGHT);
    assertEquals(
        List.of("50.00", "100.0", "200.0", "500.0", "1,000"),
        wide.locator("#loss .tick").allTextContents().subList(0, 5));
    assertThat(wide.locator("#loss .grid.minor")).hasCount(12);
  }

  /** The chart is drawn for its width, not scaled: its numbers can be read on a telephone. */
  @Test
  void numbersOfChartsKeepTheirSizeOnNarrowScreens() {
    Page page = show("", 390, ColorScheme.LIGHT);
    Object height =
        page.evaluate("document.querySelector('#loss .tick').getBoundingClientRect().height");
    assertTrue(((Number) height).doubleValue() > 10, "text of " + height + " px");
    assertEquals(
        false, page.evaluate("document.querySelector('#loss svg').clientWidth > innerWidth"));
  }

  private static Map<String, Object> about(double value) {
    return Map.of("value", value, "low", value - 0.001, "high", value + 0.001);
  }

  static Map<String, Object> dictionary(String name) {
    Map<String, Object> figures = new HashMap<>();
    figures.put("name", name);
    figures.put("positions", 4096);
    figures.put(
        "layers",
        List.of(
            Map.of("layer", 0, "fvu", about(0.04), "l0", about(30), "dead", 3, "features", 2048),
            Map.of("layer", 1, "fvu", about(0.02), "l0", about(32), "dead", 0, "features", 2048)));
    figures.put(
        "replaced",
        List.of(
            Map.of(
                "at",
                "mlp_out.0 … mlp_out.1",
                "agreement",
                about(0.95),
                "clearAgreement",
                about(0.99),
                "divergence",
                about(0.01),
                "loss",
                about(1.2),
                "replacedLoss",
                about(1.21),
                "zeroLoss",
                about(5),
                "lossRecovered",
                about(0.9974))));
    return figures;
  }

  /** The loss recovered first, figures by layer once, and beside those of the shipped ones. */
  @Test
  void dictionariesAreShownByWhatTheyHold() {
    Map<String, Object> training = new HashMap<>(training(training().get("steps"), List.of()));
    training.put("lossLabel", "fraction of variance unexplained");
    training.put("dictionaries", List.of(dictionary("2,048 <b> features")));
    Page page = show(training, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("dl.figures dt").first()).hasText("loss recovered");
    assertThat(page.locator("dl.figures dd").first()).hasText("0.9974 [0.9964, 0.9984]");
    assertThat(page.locator("#frontier .dot.main")).hasCount(1);
    assertThat(page.locator("#frontier .dot.quiet")).hasCount(6);
    assertThat(page.locator("#frontier svg"))
        .hasAttribute("aria-label", "FVU by L0. 2,048 <b> features: L0 31.0, FVU 0.030");
    assertThat(page.locator("#layers-0 tbody tr").first())
        .hasText("00.0400 [0.0390, 0.0410]30.0 [30.0, 30.0]3 of 2,048");
    assertThat(page.locator("#replaced-0 tbody tr")).hasCount(1);
    assertThat(page.locator("#questions")).hasCount(0);
    assertThat(page.locator("#loss svg"))
        .hasAttribute(
            "aria-label", Pattern.compile("fraction of variance unexplained, logarithmic: .*"));
  }

  private static Map<String, Object> training(@Nullable Object steps, List<?> probes) {
    return training((List<?>) Objects.requireNonNull(steps), List.of(), probes);
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

package dev.loupe.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.ProportionInterval;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Behavioural calibration on the page of an audit, from the JSON of {@code loupe audit ask}. */
public final class AskedSection {
  private static final double LEVEL = 0.95;
  private static final String SCHEMA = "loupe.audit-ask/1";

  private AskedSection() {}

  /**
   * The section.
   *
   * @throws LoupeException if the file is something else
   */
  public static String read(Path file) {
    JsonNode finding = finding(file);
    StringBuilder rows = AuditHtml.head("Target in the instruction");
    for (String name :
        List.of(
            "right",
            "wrong",
            "abstained",
            "accuracy given attempted",
            "abstention",
            "reaches the target")) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (JsonNode step : finding.path("steps")) {
      double target = step.path("target").asDouble(0);
      GradeCounts counts = counts(step.path("counts"));
      rows.append("<tr>");
      AuditHtml.text(rows, target == 0 ? "none" : AuditHtml.number(target));
      for (long count : new long[] {counts.right(), counts.wrong(), counts.abstained()}) {
        AuditHtml.cell(rows, String.valueOf(count));
      }
      AuditHtml.cell(rows, share(counts.right(), counts.attempted()));
      AuditHtml.cell(rows, share(counts.abstained(), counts.answers()));
      AuditHtml.cell(rows, target == 0 ? "" : verdict(step.path("verdict").asString("")));
      rows.append("</tr>");
    }
    return """
    <section><h2>Behavioural calibration of %s</h2>%s
    <p class="key">Does it abstain more where the instruction asks for more confidence? Wilson intervals at 95%%, first answers. The target is reached where the lower end of the accuracy given attempted is at or above it, and is not where the upper end is below.</p></section>
    """
        .formatted(Markup.escaped(finding.path("model").asString("a model")), AuditHtml.end(rows));
  }

  private static JsonNode finding(Path file) {
    String remedy = "Give the JSON of an `audit ask`.";
    try {
      JsonNode finding = JsonText.read(file);
      if (!finding.path("schema").asString("").equals(SCHEMA)) {
        throw LoupeException.badInput(
            file + ": is not the result of asking a model under several targets", remedy);
      }
      return finding;
    } catch (JacksonException e) {
      throw LoupeException.badInput(file + ": " + JsonText.why(e), remedy);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, remedy, e);
    }
  }

  private static GradeCounts counts(JsonNode counts) {
    return new GradeCounts(
        counts.path("right").asLong(0),
        counts.path("wrong").asLong(0),
        counts.path("abstained").asLong(0),
        counts.path("empty").asLong(0),
        counts.path("undetermined").asLong(0));
  }

  private static String share(long part, long all) {
    return all == 0
        ? "undefined"
        : Markup.percent(ProportionInterval.WILSON.estimate(new Counts(part, all), LEVEL));
  }

  private static String verdict(String name) {
    return switch (name) {
      case "MEETS" -> "yes";
      case "FAILS" -> "no";
      default -> name.toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }
}

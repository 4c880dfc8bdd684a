package dev.loupe.cli.dictionary;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Result;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What an evaluation of a dictionary came to: for the terminal and as JSON. */
public record EvaluationSummary(Result result, LeftOut leftOut, DocumentStart start) {
  /** A table for a person. */
  List<String> lines(Terminal terminal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        terminal.styled(
            Style.DIM,
            "%5s  %-24s %-22s %s"
                .formatted("LAYER", "UNEXPLAINED (FVU)", "ACTIVE (L0)", "NEVER ACTIVE")));
    for (Layer layer : result.layers()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%5d  %-24s %-22s %,d of %,d",
              layer.layer(),
              with(layer.unexplained(), "%.4f"),
              with(layer.active(), "%.1f"),
              layer.dead(),
              layer.features()));
    }
    for (Replaced replaced : result.replaced()) {
      lines.add("");
      lines.add(terminal.styled(Style.BOLD, "with reconstructions at " + replaced.what()));
      lines.add("  next token agrees      " + with(replaced.agreement(), "%.4f"));
      lines.add("  where one leads by 10% " + with(replaced.clearAgreement(), "%.4f"));
      lines.add("  divergence, nats       " + with(replaced.divergence(), "%.4f"));
      lines.add("  loss of the model      " + with(replaced.loss(), "%.4f"));
      lines.add("  loss with them         " + with(replaced.replacedLoss(), "%.4f"));
      lines.add("  loss with zeros        " + with(replaced.zeroLoss(), "%.4f"));
      lines.add("  loss recovered         " + with(replaced.recovered(), "%.4f"));
    }
    lines.add(
        String.format(Locale.ROOT, "%,d positions; intervals are of 95%%.", result.positions()));
    lines.add(start.words());
    remark(leftOut).ifPresent(lines::add);
    return lines;
  }

  /** Which positions no figure is of, if any. */
  static Optional<String> remark(LeftOut leftOut) {
    return leftOut.equals(LeftOut.NONE)
        ? Optional.empty()
        : Optional.of("Left out, and not replaced: " + leftOut.words() + ".");
  }

  /** A figure and its interval. */
  static String with(Estimate estimate, String figure) {
    String value = String.format(Locale.ROOT, figure, estimate.value());
    return estimate.hasInterval()
        ? value
            + String.format(
                Locale.ROOT, "  [" + figure + ", " + figure + "]", estimate.low(), estimate.high())
        : value;
  }

  /** Adds the figures to a JSON object. */
  void write(ObjectNode root) {
    root.put("positions", result.positions()).put("left_out", leftOut.toString());
    root.putObject("document_start")
        .put("token", start.token())
        .put("text", start.text())
        .put("why", start.reason());
    ArrayNode layers = root.putArray("layers");
    for (Layer layer : result.layers()) {
      ObjectNode node = layers.addObject().put("layer", layer.layer());
      put(node, "fvu", layer.unexplained());
      put(node, "l0", layer.active());
      node.put("dead", layer.dead()).put("features", layer.features());
    }
    ArrayNode all = root.putArray("replaced");
    for (Replaced replaced : result.replaced()) {
      ObjectNode node = all.addObject().put("at", replaced.what());
      put(node, "agreement", replaced.agreement());
      put(node, "clearAgreement", replaced.clearAgreement());
      put(node, "divergence", replaced.divergence());
      put(node, "loss", replaced.loss());
      put(node, "replacedLoss", replaced.replacedLoss());
      put(node, "zeroLoss", replaced.zeroLoss());
      put(node, "lossRecovered", replaced.recovered());
    }
  }

  private static void put(ObjectNode node, String name, Estimate estimate) {
    ObjectNode figures = node.putObject(name).put("value", estimate.value());
    if (estimate.hasInterval()) {
      figures.put("low", estimate.low()).put("high", estimate.high());
    }
    figures.put("how", estimate.unit());
  }

  /** An object of the shared mapper. */
  static ObjectNode object() {
    return JsonMapper.shared().createObjectNode();
  }
}

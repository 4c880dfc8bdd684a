package dev.loupe.instrument.trace;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The limits of a trace. */
final class TraceCaveats {
  private TraceCaveats() {}

  static List<String> of(
      ModelConfig config,
      @Nullable Dictionary dictionary,
      TraceRequest request,
      int at,
      String stoppedBy,
      int tokens,
      int held,
      List<String> ofSubject) {
    List<String> caveats = new ArrayList<>(ofSubject);
    if (held > 0) {
      caveats.add(
          dictionary == null
              ? "The first token serves as attention sink: its neurons are held as constants, in remainder nodes of"
                  + " their own (`firstPosition`: follow lists them)."
              : "The first token serves as attention sink: what the model has there is held as a constant, in"
                  + " remainder nodes (`firstPosition`: follow lists its features).");
    }
    caveats.add(
        request.attention().isEmpty()
            ? "Attention patterns and norm denominators are held fixed: why a head attends where it"
                + " does is not explained (`attention` does)."
            : "Attention patterns and norm denominators are held fixed in the graph; of the heads"
                + " asked for, scores are explained with norm denominators held fixed.");
    if (dictionary == null && config.gated()) {
      caveats.add(
          "The gate of each neuron is held fixed; its value is traced through the linear half.");
    }
    if (dictionary != null) {
      caveats.add(
          "Error nodes hold what the dictionary does not reconstruct. They are constants: where they come from is not followed.");
      if (dictionary.layers().size() < config.layers()
          || dictionary.kind() == Dictionary.Kind.SAE) {
        caveats.add(
            "MLPs that no feature replaces pass signals on with the gains that their neurons have"
                + " on this prompt.");
      }
    }
    if (config.logitCap() != 0) {
      caveats.add("Logits are explained before the model's soft cap of " + config.logitCap() + ".");
    }
    if (stoppedBy.startsWith("max")) {
      String bound = stoppedBy.equals("maxNodes") ? "`maxNodes`" : "`maxMemory`";
      caveats.add(
          dictionary == null
              ? String.format(
                  Locale.ROOT,
                  "The list of neurons ended at %s before it covered %.0f%%; what is missing is in the remainder nodes.",
                  bound,
                  100 * request.coverage())
              : "More features are active than %s lists; the others are in the remainder nodes."
                  .formatted(bound));
    }
    if (at + 1 < tokens) {
      caveats.add("Tokens after position " + at + " cannot act on it and are left out.");
    }
    return caveats;
  }
}

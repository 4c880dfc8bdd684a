package dev.loupe.instrument.trace;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.Set;

/**
 * The words on the strongest paths of a trace: the tokens that their neurons promote, and those
 * that the logit lens decodes at their neurons, read as if the model ended there (the logit lens,
 * nostalgebraist 2020).
 */
public final class PathWords {
  /** This many tokens count as decoded, the strongest; as many as a neuron's meaning holds. */
  public static final int WORDS = 8;

  private final Tokenizer tokenizer;
  private final Set<String> promoted = new HashSet<>();
  private final Set<Long> spelt = new HashSet<>();

  private PathWords(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The words of a report, of the model that was traced. */
  public static PathWords of(LanguageModel model, TraceReport report) {
    PathWords words = new PathWords(model.tokenizer());
    int[] ids = report.readIds();
    Set<Integer> neurons = new HashSet<>();
    for (StrongestPaths.Path path : report.paths()) {
      path.nodes().stream()
          .filter(node -> report.graph().nodes().get(node) instanceof Node.Feature)
          .forEach(neurons::add);
    }
    try (PlainRun run = PlainRun.of(model.transformer(), ids)) {
      for (int node : neurons) {
        report.meaning(node).promotes().forEach(token -> words.promoted.add(token.text()));
        Node.Feature neuron = (Node.Feature) report.graph().nodes().get(node);
        words.spell(model.transformer(), run, ids, neuron.layer(), neuron.position());
      }
    }
    return words;
  }

  private void spell(Transformer model, PlainRun run, int[] ids, int layer, int position) {
    try (var _ = NativeScope.open()) {
      Tensor row = run.stream(layer).slice(0, position, position + 1L).unsqueeze(0);
      Tensor hidden =
          model.onward(
              model.config().layers(),
              row,
              TokenBatch.of(new int[] {ids[position]}),
              Hooks.NONE,
              null);
      int count = Math.min(WORDS, model.config().vocabulary());
      for (long token : model.unembed(hidden).topK(count, 2).indices().toLongs()) {
        spelt.add(token);
      }
    }
  }

  /** Whether a neuron of the paths promotes the token. */
  public boolean promote(int token) {
    return promoted.contains(tokenizer.tokenText(token));
  }

  /**
   * Whether the logit lens decodes the token after the layer of a neuron of the paths, at its
   * position.
   */
  public boolean spell(int token) {
    return spelt.contains((long) token);
  }
}

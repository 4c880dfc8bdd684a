package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Slopes;
import dev.loupe.instrument.Subject;
import dev.loupe.task.TaskPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What to keep in mind about a circuit.
 *
 * @param subject model and basis
 * @param ablation of what is not in it
 * @param errors what becomes of them
 * @param mostDrops of how many members at most the drops were measured
 */
record CircuitCaveats(Subject subject, Ablation ablation, Errors errors, int mostDrops) {
  /**
   * All of them.
   *
   * @param shown a pair of the task
   * @param dropPairs held-out pairs on which drops were measured
   */
  List<String> of(TaskPair shown, int dropPairs) {
    List<String> caveats = new ArrayList<>(subject.caveats());
    if (ablation == Ablation.CLUSTER) {
      caveats.add(
          "Values are drawn from the positions of the clean prompts that choose, the nearest"
              + " sixteenth (256 at most), 8 times; scores, masks and errors take their means, and"
              + " so does the pair in detail where one feature is ablated.");
    }
    if (!Slopes.isCut(subject.basis().basis())) {
      caveats.add(
          "These features are not all of the stream: tokens, attention and what it moves pass by"
              + " them and stay the model's own, so what the circuit keeps is the work of the"
              + " MLPs.");
    }
    if (errors == Errors.KEPT) {
      caveats.add("Errors are kept: what the features do not reconstruct passes the circuit by.");
    }
    if (errors == Errors.NODES) {
      caveats.add(
          "Random circuits and the largest activations get the circuit's own errors, so they differ"
              + " from it by their features alone; neurons have no errors.");
    }
    caveats.add(
        "The metric is read at one position and for its own answers; a text that the circuit would"
            + " generate is not what was measured.");
    caveats.add(
        String.format(
            Locale.ROOT,
            "Faithfulness depends on the choices beside it; sizes are within a twentieth, and drops"
                + " are of at most %d members on %d held-out pairs.",
            mostDrops,
            dropPairs));
    if (shown.answers().stream().anyMatch(answer -> answer.length() > 1)) {
      caveats.add("Of answers and foils of several tokens the first token counts.");
    }
    return caveats;
  }
}

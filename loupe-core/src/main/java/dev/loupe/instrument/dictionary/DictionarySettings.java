package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryPlan.EndToEnd;
import dev.loupe.dictionary.training.DictionaryPlan.Optimisation;
import dev.loupe.dictionary.training.Sparsity;
import dev.loupe.model.Tap;
import dev.loupe.model.training.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A training's settings as a person says them. */
final class DictionarySettings {
  private DictionarySettings() {}

  static SequencedMap<String, Object> inWords(DictionaryPlan plan, DocumentStart start) {
    SequencedMap<String, Object> words = new LinkedHashMap<>();
    Optimisation adam = plan.optimisation();
    words.put("reads", taps(plan.layout().reads()));
    words.put("writes", taps(plan.layout().targets()));
    words.put("skip matrix", plan.layout().skip() ? "yes" : "no");
    words.put(
        "features a layer",
        plan.sizes().stream().map(DictionarySettings::count).collect(Collectors.joining(", ")));
    words.put("sparsity", of(plan.sparsity()));
    words.put(
        "optimiser",
        String.format(
            Locale.ROOT, "Adam, rate %s, β %s and %s", adam.rate(), adam.beta1(), adam.beta2()));
    words.put("rate over time", of(adam.schedule()));
    words.put("a feature is dead after", count(adam.deadAfter()) + " positions without activation");
    words.put("positions a step", count(plan.stream().batch()));
    words.put(
        "buffer",
        String.format(Locale.ROOT, "%,.0f MiB of activations, shuffled", mebibytes(plan)));
    words.put("end to end", of(plan.endToEnd()));
    LeftOut leftOut = plan.stream().leftOut();
    words.put("left out", leftOut.equals(LeftOut.NONE) ? "nothing" : leftOut.words());
    words.put(
        "document start",
        String.format(
            Locale.ROOT, "%s (token %d), %s", start.text(), start.token(), start.reason()));
    words.put("seed", plan.stream().seed());
    words.put(
        "products that select features",
        plan.optimisation().products().name().toLowerCase(Locale.ROOT));
    return words;
  }

  private static double mebibytes(DictionaryPlan plan) {
    return plan.stream().bufferBytes() / (1024.0 * 1024);
  }

  static String of(Sparsity sparsity) {
    return switch (sparsity) {
      case Sparsity.TopK(int k, double auxiliary) ->
          String.format(
              Locale.ROOT,
              "TopK, the %,d largest of each position; auxiliary loss × %s",
              k,
              round(auxiliary));
      case Sparsity.BatchTopK(int k, double auxiliary) ->
          String.format(
              Locale.ROOT,
              "BatchTopK, the %,d largest per position on average; auxiliary loss × %s",
              k,
              round(auxiliary));
      case Sparsity.JumpRelu relu ->
          String.format(
              Locale.ROOT,
              "JumpReLU, penalty %s, steepness %s, window %s, threshold %s at first, revival %s",
              relu.penalty(),
              relu.steepness(),
              relu.bandwidth(),
              relu.threshold(),
              relu.revival());
    };
  }

  static String of(Schedule schedule) {
    String rising =
        schedule.warmupSteps() == 0
            ? "no warm-up"
            : String.format(Locale.ROOT, "warm-up of %,d steps", schedule.warmupSteps());
    String end = schedule.last() == 0 ? "0" : round(100 * schedule.last()) + "% of the peak";
    String flat =
        schedule.flatUntil() > 0
            ? String.format(
                Locale.ROOT,
                ", constant until %s%% of the steps",
                round(100 * schedule.flatUntil()))
            : "";
    return String.format(
        Locale.ROOT,
        "%s%s, %s decay to %s at step %,d",
        rising,
        flat,
        schedule.decay().name().toLowerCase(Locale.ROOT),
        end,
        schedule.totalSteps());
  }

  private static String of(EndToEnd last) {
    return last.steps() == 0
        ? "no steps"
        : String.format(
            Locale.ROOT,
            "the last %,d steps at a rate of %s, reconstruction loss × %s, %s trained",
            last.steps(),
            last.rate(),
            last.errorWeight(),
            last.encoders() ? "encoders too are" : "decoders and output biases are");
  }

  /** One tap, or the first and the last. */
  private static String taps(List<Tap> taps) {
    String first = of(taps.getFirst());
    return taps.size() == 1 ? first : first + " … " + of(taps.getLast());
  }

  private static String of(Tap tap) {
    return tap.site().toString().toLowerCase(Locale.ROOT) + "." + tap.layer();
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** At most four digits. */
  private static String round(double value) {
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceAll("(\\.\\d*?)0+$", "$1")
        .replaceAll("\\.$", "");
  }
}

package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.training.Sparsity;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.dictionary.TrainRequest;
import dev.loupe.model.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What dictionary is trained, and how. */
final class DictionaryPlanOptions {
  /** What people call a dictionary. */
  enum Kind {
    SAE(Dictionary.Kind.SAE),
    PLT(Dictionary.Kind.TRANSCODER),
    CLT(Dictionary.Kind.CROSS_LAYER_TRANSCODER);

    private final Dictionary.Kind kind;

    Kind(Dictionary.Kind kind) {
      this.kind = kind;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What keeps features rare. */
  enum Activation {
    BATCH_TOPK,
    TOPK,
    JUMPRELU;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      order = 5,
      required = true,
      description =
          "Kind of dictionary: sae reconstructs one site; plt is a transcoder per MLP; clt is a"
              + " cross-layer transcoder, whose features write to the MLP outputs of all later layers too.")
  private Kind kind = Kind.SAE;

  @Option(
      names = "--site",
      paramLabel = "SITE",
      order = 6,
      description =
          "Site that the dictionary reads (default: resid_post for an SAE, mlp_in for a transcoder).")
  private @Nullable String site;

  @Option(
      names = "--layers",
      paramLabel = "NUMBER",
      order = 7,
      split = ",",
      description = "Layers to train on, for example 3,4 (default: all).")
  private List<Integer> layers = List.of();

  @Option(
      names = "--skip",
      order = 8,
      description = "Give each transcoder of a plt a linear skip connection beside its features.")
  private boolean skip;

  @Option(
      names = "--features",
      paramLabel = "COUNT",
      order = 9,
      split = ",",
      converter = OptionConverters.Count.class,
      description =
          "Number of features per layer; with several numbers, one dictionary each, all trained in one"
              + " pass (default: ${DEFAULT-VALUE}).")
  private List<Integer> features = List.of(2048);

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      order = 20,
      description = "Activation function: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Activation activation = Activation.BATCH_TOPK;

  @Option(
      names = "--k",
      paramLabel = "COUNT",
      order = 21,
      converter = OptionConverters.Count.class,
      description =
          "Active features per position for topk, or on average for batch-topk (default: 32).")
  private int k = 32;

  @Option(
      names = "--auxiliary",
      paramLabel = "WEIGHT",
      order = 22,
      description =
          "Weight of the auxiliary loss that revives dead latents (topk, batch-topk; default: 1/32).")
  private double auxiliary = 1.0 / 32;

  @Option(
      names = "--penalty",
      paramLabel = "LAMBDA",
      order = 23,
      description =
          "Weight of jumprelu's sparsity penalty once it has risen (default: ${DEFAULT-VALUE}).")
  private double penalty = 2e-3;

  @Option(
      names = "--bandwidth",
      paramLabel = "WIDTH",
      order = 24,
      description =
          "Width of the window around jumprelu's threshold in which its gradient is estimated"
              + " (default: ${DEFAULT-VALUE}).")
  private double bandwidth = 0.5;

  @Option(
      names = "--threshold",
      paramLabel = "NUMBER",
      order = 25,
      description = "Initial threshold of every jumprelu feature (default: ${DEFAULT-VALUE}).")
  private double threshold = 0.5;

  @Option(
      names = "--end-to-end",
      paramLabel = "SHARE",
      order = 28,
      description =
          "Share of steps, at the end, that run the model with all MLPs replaced and minimise the"
              + " divergence of its next-token distribution (default: ${DEFAULT-VALUE}).")
  private double endToEnd;

  @Option(
      names = "--end-to-end-error",
      paramLabel = "WEIGHT",
      order = 29,
      description =
          "Weight of each layer's reconstruction error (FVU) in the end-to-end steps (default:"
              + " ${DEFAULT-VALUE}).")
  private double errorWeight = 1;

  @Option(
      names = "--end-to-end-rate",
      paramLabel = "RATE",
      order = 29,
      converter = OptionConverters.Positive.class,
      description =
          "Adam's peak learning rate in the end-to-end steps (default: ${DEFAULT-VALUE}).")
  private double endToEndRate = 2e-4;

  @Option(
      names = "--end-to-end-encoders",
      order = 29,
      description = "Train encoders in the end-to-end steps too, not decoders alone.")
  private boolean endToEndEncoders;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      order = 35,
      converter = OptionConverters.Positive.class,
      description =
          "Adam's peak learning rate; it falls to 0 before the end-to-end steps (default:"
              + " ${DEFAULT-VALUE}).")
  private double learningRate = 1e-3;

  @Option(
      names = "--warmup",
      paramLabel = "SHARE",
      order = 38,
      description =
          "Share of steps over which the learning rate rises (default: ${DEFAULT-VALUE}).")
  private double warmup = 0.02;

  @Option(
      names = "--flat",
      paramLabel = "SHARE",
      order = 39,
      description =
          "Share of steps after which the learning rate starts to fall to 0 (default:"
              + " ${DEFAULT-VALUE}).")
  private double flat = 0.5;

  @Option(
      names = "--dead-after",
      paramLabel = "COUNT",
      order = 40,
      converter = OptionConverters.Amount.class,
      description =
          "Count a feature as dead after this many positions without activation (default: a"
              + " twentieth of all positions, at most 10M).")
  private @Nullable Long deadAfter;

  @Option(
      names = "--products",
      paramLabel = "TYPE",
      order = 41,
      description =
          "Type of the matrix products that select active features: ${COMPLETION-CANDIDATES} (default:"
              + " bfloat16 where the processor has instructions for it).")
  private EngineOptions.@Nullable Precision products;

  /** What is trained. */
  TrainRequest.Shape shape() {
    return new TrainRequest.Shape(
        kind.kind,
        features,
        layers,
        Optional.ofNullable(site).map(DictionaryPlanOptions::named),
        skip,
        sparsity());
  }

  private static Site named(String name) {
    return Arrays.stream(Site.values())
        .filter(site -> site.name().equalsIgnoreCase(name))
        .findFirst()
        .filter(Place.SITES::contains)
        .orElseThrow(() ->
            LoupeException.badInput(
                "'" + name + "' is not a site of a dictionary",
                "Choose one of: "
                    + String.join(
                        ", ",
                        Place.SITES.stream()
                            .map(site -> site.name().toLowerCase(Locale.ROOT))
                            .toList())
                    + "."));
  }

  private Sparsity sparsity() {
    return switch (activation) {
      case BATCH_TOPK -> new Sparsity.BatchTopK(k, auxiliary);
      case TOPK -> new Sparsity.TopK(k, auxiliary);
      case JUMPRELU ->
          new Sparsity.JumpRelu(
              penalty, Sparsity.JumpRelu.STEEPNESS, bandwidth, threshold, penalty / 100);
    };
  }

  /** How it learns. */
  TrainRequest.Learning learning() {
    return new TrainRequest.Learning(
        learningRate,
        warmup,
        flat,
        deadAfter == null ? OptionalLong.empty() : OptionalLong.of(deadAfter),
        endToEnd,
        errorWeight,
        endToEndRate,
        endToEndEncoders,
        Optional.ofNullable(products).map(EngineOptions.Precision::dtype));
  }
}

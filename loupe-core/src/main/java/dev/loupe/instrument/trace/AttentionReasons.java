package dev.loupe.instrument.trace;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Attention;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Explains where heads attend. Query and key are linear in what the stream holds, norm denominators
 * held, so each is a sum over the nodes of the graph: its {@code d_head} coordinates are swept down
 * like targets. The score, their product, is then a sum over pairs, exactly.
 */
final class AttentionReasons {
  private static final int PAIRS = 20;

  /** Query-side sources whose pairs are formed at a time. */
  private static final int AT_ONCE = 256;

  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;
  private final @Nullable LocalReplacement replacement;
  private final Swept swept;
  private final GraphAssembler layout;

  AttentionReasons(
      Transformer model, FrozenRun run, @Nullable LocalReplacement replacement, Swept swept) {
    this.model = model;
    this.config = model.config();
    this.run = run;
    this.replacement = replacement;
    this.swept = swept;
    this.layout = GraphAssembler.layout(config, run, swept);
  }

  /**
   * Fails now where {@link #of} would.
   *
   * @param length of the prompt up to the explained position
   * @throws LoupeException if there is no such head or position
   */
  static void require(ModelConfig config, AttentionQuestion question, int length) {
    if (question.layer() < 0
        || question.layer() >= config.layers()
        || question.head() < 0
        || question.head() >= config.heads()) {
      throw LoupeException.badInput(
          "there is no head %d/%d: the model has layers 0 to %d with heads 0 to %d"
              .formatted(
                  question.layer(), question.head(), config.layers() - 1, config.heads() - 1),
          "Choose a LAYER/HEAD among those (`attention`).");
    }
    int query = question.query().orElse(length - 1);
    int key = question.key().orElse(0);
    if (query < 0 || query >= length || key < 0 || key > query) {
      throw LoupeException.badInput(
          "no head attends from position %d to %d: positions are 0 to %d, and none attends ahead"
              .formatted(query, key, length - 1),
          "Choose a LAYER/HEAD@QUERY:KEY with KEY at most QUERY (`attention`).");
    }
  }

  AttentionReason of(AttentionQuestion question) {
    int layer = question.layer();
    int head = question.head();
    int query = question.query().orElse(run.length() - 1);
    try (var _ = NativeScope.open()) {
      double[] probabilities = probabilities(layer, head, query);
      int key = question.key().orElseGet(() -> largest(probabilities, -1));
      Attention.HeadMap queries =
          model.queryMap(layer, head, new Attention.Place(query, run.length()), read(layer, query));
      double scale = config.attention().get(layer).scale();
      Tensor asked = value(queries, read(layer, query)).times(scale);
      Tensor queryParts = parts(layer, query, queries).times(scale);
      Keys chosen = keys(layer, head, key, asked);
      int other = largest(probabilities, key);
      return pairs(
          question,
          query,
          key,
          probabilities,
          chosen,
          other < 0 ? Optional.empty() : Optional.of(keys(layer, head, other, asked)),
          queryParts);
    }
  }

  /** A key's sources, {@code [source, d_head]}, and its score. */
  private record Keys(int position, Tensor parts, double score) {}

  private Keys keys(int layer, int head, int position, Tensor asked) {
    Attention.HeadMap map =
        model.keyMap(
            layer, head, new Attention.Place(position, run.length()), read(layer, position));
    double score = asked.times(value(map, read(layer, position))).sum().item();
    return new Keys(position, parts(layer, position, map), score);
  }

  private Tensor read(int layer, int position) {
    return run.attentionIn(layer).slice(0, position, position + 1L);
  }

  private static Tensor value(Attention.HeadMap map, Tensor row) {
    return row.linear(map.weight(), map.bias());
  }

  private double[] probabilities(int layer, int head, int query) {
    double[][] row = new double[1][];
    model.eachPatternBlock(
        layer,
        model.weights().layer(layer).attention(),
        run.tokens(),
        run.attentionIn(layer).unsqueeze(0),
        query + 1,
        (from, to, pattern) -> {
          if (from <= query && query < to) {
            row[0] =
                pattern.select(0, 0).select(0, head).select(0, (long) query - from).toDoubles();
          }
        });
    return row[0];
  }

  /** Where the largest is, one position aside; −1 if there is no other. */
  private static int largest(double[] values, int aside) {
    int largest = -1;
    for (int i = 0; i < values.length; i++) {
      largest = i != aside && (largest < 0 || values[i] > values[largest]) ? i : largest;
    }
    return largest;
  }

  /** What each source adds to a query or key: {@code [source, d_head]}. */
  private Tensor parts(int layer, int position, Attention.HeadMap map) {
    ModelWeights.Norm norm = model.weights().layer(layer).attentionNorm();
    Tensor scale = run.scale(Site.ATTN_NORM_SCALE, layer);
    Tensor scales =
        scale == null
            ? null
            : scale.slice(0, position, position + 1L).expand(map.weight().size(0), 1);
    Tensor directions = new FrozenLinear(model, run).throughNorm(norm, scales, map.weight());
    Tensor constants = map.bias();
    Tensor shift = FrozenLinear.bias(norm);
    if (shift != null) {
      constants = constants.plus(map.weight().matmul(shift));
    }
    float[] own = constants.toFloats();
    int[] positions = new int[own.length];
    Arrays.fill(positions, position);
    EdgeSweep sweep =
        new EdgeSweep(
            model,
            run,
            replacement,
            NodeBudget.only(swept.listed()),
            MassProfile.flat(config.layers()),
            _ -> {});
    List<TargetRow> rows = sweep.reaching(layer, positions, directions);
    int sources = layout.sources();
    double[] parts = new double[Math.multiplyExact(sources, own.length)];
    for (int j = 0; j < own.length; j++) {
      TargetRow row = rows.get(j);
      row.ownBias += own[j];
      float[] weights = layout.weights(row);
      for (int source = 0; source < sources; source++) {
        parts[source * own.length + j] = weights[source];
      }
    }
    return Tensor.of(parts, sources, own.length);
  }

  private AttentionReason pairs(
      AttentionQuestion question,
      int query,
      int key,
      double[] probabilities,
      Keys chosen,
      Optional<Keys> other,
      Tensor queryParts) {
    Tensor keyParts = chosen.parts();
    double score = chosen.score();
    int[] querySources = present(queryParts);
    int[] keySources = present(keyParts);
    Tensor keyRows = keyParts.indexSelect(0, Tensor.indices(keySources));
    List<AttentionReason.Pair> largest = new ArrayList<>();
    double sum = 0;
    double sizes = 0;
    for (int from = 0; from < querySources.length; from += AT_ONCE) {
      try (var _ = NativeScope.open()) {
        int[] some =
            Arrays.copyOfRange(querySources, from, Math.min(querySources.length, from + AT_ONCE));
        Tensor scores = queryParts.indexSelect(0, Tensor.indices(some)).linear(keyRows, null);
        sum += scores.sum().item();
        Tensor size = scores.abs();
        sizes += size.sum().item();
        long count = scores.count();
        long[] places =
            size.reshape(count).topK((int) Math.min(PAIRS, count), 0).indices().toLongs();
        double[] all = scores.toDoubles();
        for (long place : places) {
          int q = some[(int) (place / keySources.length)];
          int k = keySources[(int) (place % keySources.length)];
          largest.add(new AttentionReason.Pair(q, k, all[(int) place]));
        }
      }
    }
    List<AttentionReason.Pair> pairs =
        largest.stream()
            .sorted(Comparator.comparingDouble(pair -> -Math.abs(pair.score())))
            .limit(PAIRS)
            .toList();
    double told = pairs.stream().mapToDouble(AttentionReason.Pair::score).sum();
    return new AttentionReason(
        question.layer(),
        question.head(),
        query,
        key,
        probabilities[key],
        score,
        Arrays.stream(probabilities).boxed().toList(),
        marginal(queryParts, keyParts),
        marginal(keyParts, queryParts),
        other.map(each -> against(each, probabilities, queryParts, keyParts)),
        pairs,
        sum - told,
        (long) querySources.length * keySources.length,
        Math.abs(sum - score) / Math.max(sizes, 1e-9));
  }

  private static AttentionReason.Against against(
      Keys other, double[] probabilities, Tensor queryParts, Tensor keyParts) {
    Tensor difference = keyParts.minus(other.parts());
    return new AttentionReason.Against(
        other.position(),
        probabilities[other.position()],
        other.score(),
        marginal(queryParts, difference),
        marginal(difference, queryParts));
  }

  /** What each source of one side adds, over all sources of the other; largest first. */
  private static List<AttentionReason.Part> marginal(Tensor side, Tensor other) {
    double[] scores = side.linear(other.sum(false, 0).unsqueeze(0), null).toDoubles();
    return IntStream.range(0, scores.length)
        .filter(source -> scores[source] != 0)
        .mapToObj(source -> new AttentionReason.Part(source, scores[source]))
        .sorted(Comparator.comparingDouble(part -> -Math.abs(part.score())))
        .toList();
  }

  /** Sources with any part. */
  private static int[] present(Tensor parts) {
    double[] sizes = parts.abs().sum(false, 1).toDoubles();
    return IntStream.range(0, sizes.length).filter(source -> sizes[source] > 0).toArray();
  }
}

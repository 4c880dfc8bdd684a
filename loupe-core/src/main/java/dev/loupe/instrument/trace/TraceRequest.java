package dev.loupe.instrument.trace;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What to trace. Start from {@link #of} and change what differs:
 *
 * <pre>{@code
 * TraceRequest.of("The capital of France is").withTarget(" Paris").withAgainst(" London").withCoverage(0.9)
 * }</pre>
 *
 * @param prompt the text, as the model sees it
 * @param rendered whether the prompt is a rendered chat, to which no special token is added
 * @param targets texts of next tokens to explain; empty for the most probable ones up to 0.95, at
 *     most ten
 * @param against text of the token subtracted from the one target
 * @param at position whose next token is explained, negative from the end; the last when empty
 * @param coverage share of the flow that listed nodes shall carry, in (0, 1]
 * @param maxNodes features listed at most; when empty 2,000 neurons, and fewer for prompts over 16
 *     tokens, or 6,000 features of a dictionary, so that the work stays within minutes
 * @param nodeThreshold share of influence that the shown nodes keep
 * @param edgeThreshold share of edge scores that the shown edges keep
 * @param maxEdges edges shown at most, the strongest
 * @param group whether shown neurons of one layer and position that act together are grouped
 * @param maxMemory bound on resident memory in bytes
 * @param paths strongest paths to report
 * @param firstPosition what happens to the neurons of the first position
 * @param attention heads to explain
 * @param sets how thoroughly listed units are ablated together
 * @param order in which listed units are taken for that
 * @param reference texts whose mean activations are ablated to, and whose predictions should stay;
 *     the sentences that come with Loupe when empty
 * @param supernodes groups to ablate and to tell paths by, instead of proposed ones; none for those
 */
public record TraceRequest(
    String prompt,
    boolean rendered,
    List<String> targets,
    Optional<String> against,
    OptionalInt at,
    double coverage,
    OptionalInt maxNodes,
    double nodeThreshold,
    double edgeThreshold,
    int maxEdges,
    boolean group,
    OptionalLong maxMemory,
    int paths,
    FirstPosition firstPosition,
    List<AttentionQuestion> attention,
    Sets sets,
    SetTest.Order order,
    Optional<Reference> reference,
    List<NamedUnits> supernodes) {

  /** How thoroughly listed units are ablated together. */
  public enum Sets {
    /** {@link #FULL} where a run of the prompt costs little, else {@link #QUICK}. */
    AUTO,
    /** Not at all: then the trace has no verdict. */
    NONE,
    /** Few sizes, random sets beside the deciding one alone, a part of the reference. */
    QUICK,
    /** Random sets at every size, the whole reference. */
    FULL
  }

  /**
   * What happens to the neurons of the first position, which many models use as an attention sink.
   */
  public enum FirstPosition {
    /** Held if it is a sink, else followed. */
    AUTO,
    /** Followed like any other. */
    FOLLOW,
    /** Held as constants: summed into the remainder nodes of that position and never listed. */
    HOLD
  }

  /** Edges shown at most by default: what a page draws smoothly and a reader can follow. */
  public static final int DEFAULT_MAX_EDGES = 3000;

  private static final int MOST_NODES = 2000;
  private static final int FEWEST_NODES = 200;
  private static final int NODE_TOKENS = 32_000;
  private static final int MOST_FEATURES = 6000;
  private static final int FEATURE_TOKENS = 100_000;

  /**
   * Every listed neuron holds a gradient at every position: the total number of rows, which bounds
   * memory.
   */
  private static final int GRADIENT_TOKENS = 800_000;

  /** Neurons listed at most for a prompt of this many tokens. */
  int maxNodesFor(int tokens) {
    int usual = Math.clamp(NODE_TOKENS / tokens, FEWEST_NODES, MOST_NODES);
    return maxNodes.orElse(Math.clamp(GRADIENT_TOKENS / tokens, 1, usual));
  }

  /**
   * Features of a dictionary listed at most: more than neurons, since the active ones are all that
   * there are.
   */
  int maxFeaturesFor(int tokens) {
    int usual = Math.clamp(FEATURE_TOKENS / tokens, FEWEST_NODES, MOST_FEATURES);
    return maxNodes.orElse(Math.clamp(GRADIENT_TOKENS / tokens, 1, usual));
  }

  public TraceRequest {
    targets = List.copyOf(targets);
    attention = List.copyOf(attention);
    supernodes = List.copyOf(supernodes);
    if (!(coverage > 0 && coverage <= 1)) {
      throw new IllegalArgumentException("coverage " + coverage + " is not in (0, 1]");
    }
    if (maxNodes.orElse(1) < 1 || paths < 0) {
      throw new IllegalArgumentException("maxNodes " + maxNodes + ", paths " + paths);
    }
    if (against.isPresent() && targets.size() != 1) {
      throw new IllegalArgumentException("against needs exactly one target, not " + targets.size());
    }
  }

  /** The usual settings. */
  public static TraceRequest of(String prompt) {
    return new TraceRequest(
        prompt,
        false,
        List.of(),
        Optional.empty(),
        OptionalInt.empty(),
        0.8,
        OptionalInt.empty(),
        0.8,
        0.98,
        DEFAULT_MAX_EDGES,
        false,
        OptionalLong.empty(),
        10,
        FirstPosition.AUTO,
        List.of(),
        Sets.AUTO,
        SetTest.Order.EFFECT,
        Optional.empty(),
        List.of());
  }

  public TraceRequest withTarget(String target) {
    return withTargets(List.of(target));
  }

  public TraceRequest withTargets(List<String> many) {
    return with(fields -> fields.targets = many);
  }

  public TraceRequest withAgainst(String token) {
    return with(fields -> fields.against = Optional.of(token));
  }

  public TraceRequest withAt(int position) {
    return with(fields -> fields.at = OptionalInt.of(position));
  }

  public TraceRequest withCoverage(double share) {
    return with(fields -> fields.coverage = share);
  }

  public TraceRequest withMaxNodes(int count) {
    return with(fields -> fields.maxNodes = OptionalInt.of(count));
  }

  public TraceRequest withMaxMemory(long bytes) {
    return with(fields -> fields.maxMemory = OptionalLong.of(bytes));
  }

  public TraceRequest withGroups() {
    return with(fields -> fields.group = true);
  }

  public TraceRequest withFirstPosition(FirstPosition choice) {
    return with(fields -> fields.firstPosition = choice);
  }

  public TraceRequest withAttention(AttentionQuestion... questions) {
    return with(fields -> fields.attention = List.of(questions));
  }

  public TraceRequest withSets(Sets choice) {
    return with(fields -> fields.sets = choice);
  }

  public TraceRequest withOrder(SetTest.Order choice) {
    return with(fields -> fields.order = choice);
  }

  public TraceRequest withReference(Reference texts) {
    return with(fields -> fields.reference = Optional.of(texts));
  }

  /** The same with supernodes of one's own. */
  public TraceRequest withSupernodes(List<NamedUnits> groups) {
    return with(fields -> fields.supernodes = groups);
  }

  private TraceRequest with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.request();
  }

  /** The components that can be changed one by one, while they are. */
  private static final class Fields {
    private final TraceRequest from;
    private List<String> targets;
    private Optional<String> against;
    private OptionalInt at;
    private double coverage;
    private OptionalInt maxNodes;
    private boolean group;
    private OptionalLong maxMemory;
    private FirstPosition firstPosition;
    private List<AttentionQuestion> attention;
    private Sets sets;
    private SetTest.Order order;
    private Optional<Reference> reference;
    private List<NamedUnits> supernodes;

    Fields(TraceRequest from) {
      this.from = from;
      this.targets = from.targets();
      this.against = from.against();
      this.at = from.at();
      this.coverage = from.coverage();
      this.maxNodes = from.maxNodes();
      this.group = from.group();
      this.maxMemory = from.maxMemory();
      this.firstPosition = from.firstPosition();
      this.attention = from.attention();
      this.sets = from.sets();
      this.order = from.order();
      this.reference = from.reference();
      this.supernodes = from.supernodes();
    }

    TraceRequest request() {
      return new TraceRequest(
          from.prompt(),
          from.rendered(),
          targets,
          against,
          at,
          coverage,
          maxNodes,
          from.nodeThreshold(),
          from.edgeThreshold(),
          from.maxEdges(),
          group,
          maxMemory,
          from.paths(),
          firstPosition,
          attention,
          sets,
          order,
          reference,
          supernodes);
    }
  }
}

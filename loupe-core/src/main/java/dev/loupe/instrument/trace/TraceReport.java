package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.UnitNames;
import dev.loupe.report.JsonAnswer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;

/**
 * The answer of a trace, everything that a picture, a summary or a file of it needs; host data
 * only. Node numbers are those of {@code graph}.
 *
 * @param model that was traced
 * @param basis what counts as a feature
 * @param prompt text and tokens
 * @param at position whose next token is explained
 * @param predictions the model's top next tokens, most probable first
 * @param settings the request
 * @param graph all listed nodes
 * @param pruned what a picture shows of it
 * @param meanings of shown neurons
 * @param tokenTexts text of the explained tokens by id, also of those subtracted from logits
 * @param groups of shown neurons that act together
 * @param paths strongest first
 * @param attention heads explained
 * @param effects what the frozen model predicts that ablating a listed feature does to the first
 *     explained logit
 * @param tests what listed features do together in the real model; empty where that was not asked
 * @param scores of the whole graph
 * @param aggregate where the flow comes from with unlisted neurons followed in aggregate; empty in
 *     the basis of a dictionary
 * @param units how many MLP units the run had over layers and positions, or how many features of a
 *     dictionary were active
 * @param stoppedBy the bound that ended the expansion: {@code coverage}, {@code maxNodes} …, {@code
 *     nothing} where all active features are listed
 */
public record TraceReport(
    Model model,
    Basis basis,
    Prompt prompt,
    int at,
    List<Prediction> predictions,
    Settings settings,
    AttributionGraph graph,
    PrunedGraph pruned,
    Map<Integer, Meaning> meanings,
    Map<Integer, String> tokenTexts,
    List<List<Integer>> groups,
    List<StrongestPaths.Path> paths,
    List<AttentionReason> attention,
    Map<Integer, Double> effects,
    Optional<Tested> tests,
    GraphScores scores,
    Optional<InAggregate> aggregate,
    long units,
    String stoppedBy)
    implements JsonAnswer {

  private static final int WORDS_IN_LABEL = 3;
  private static final Pattern LETTER_OR_DIGIT = Pattern.compile("[\\p{L}\\p{N}]");

  /**
   * A token that reads as a word on its own: letters after a space or with a capital first, letters
   * of a script without capitals, or digits.
   */
  private static final Pattern WORD =
      Pattern.compile("\\s\\p{L}+|\\s?(\\p{Lu}\\p{L}*|\\p{Lo}+|\\p{N}+)");

  public TraceReport {
    predictions = List.copyOf(predictions);
    meanings = Map.copyOf(meanings);
    tokenTexts = Map.copyOf(tokenTexts);
    groups = List.copyOf(groups);
    paths = List.copyOf(paths);
    attention = List.copyOf(attention);
    effects = Map.copyOf(effects);
  }

  /**
   * What was tested in the real model.
   *
   * @param verdict that follows from the sets and from what was followed
   * @param sets listed features taken together
   * @param supernodes features that do the same thing, each group ablated as a whole
   * @param story the strongest ways from a token through them
   */
  public record Tested(
      TraceVerdict verdict, SetTest sets, List<Supernode> supernodes, List<Story> story) {
    public Tested {
      supernodes = List.copyOf(supernodes);
      story = List.copyOf(story);
    }
  }

  /** The story in words: token → supernodes → answer; empty if there is none. */
  public String story() {
    return tests.stream()
        .flatMap(tested ->
            tested.story().stream().filter(Story::matters).map(each -> words(each, tested)))
        .findFirst()
        .orElse("");
  }

  /** A supernode as a line of a file. */
  public NamedUnits units(Supernode supernode) {
    return new NamedUnits(
        supernode.name(),
        supernode.members().stream()
            .map(node -> address((Node.Feature) graph.nodes().get(node)))
            .toList());
  }

  /** A unit's spelling everywhere. */
  public FeatureAt address(Node.Feature feature) {
    return basis.names().spelt(feature.address());
  }

  /** A way in words: token → supernodes → answer. */
  public String words(Story way, Tested tested) {
    return Stream.of(
            Stream.of("“" + prompt.tokens().get(way.position()).text().strip() + "”"),
            way.supernodes().stream()
                .map(i -> tested.supernodes().get(i))
                .map(each -> each.name() + " (" + each.layers().words() + ")"),
            Stream.of("“" + tokenText(firstLogit().token()).strip() + "”"))
        .flatMap(each -> each)
        .collect(Collectors.joining(" → "));
  }

  /** This report with the tests of its features. */
  TraceReport with(Tested found) {
    return new TraceReport(
        model,
        basis,
        prompt,
        at,
        predictions,
        settings,
        graph,
        pruned,
        meanings,
        tokenTexts,
        groups,
        paths,
        attention,
        effects,
        Optional.of(found),
        scores,
        aggregate,
        units,
        stoppedBy);
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    new TraceJson(this, json).write();
  }

  /** The model's name and sizes. */
  public record Model(
      String name,
      String architecture,
      String sha256,
      String dtype,
      int layers,
      int dModel,
      int dMlp,
      int heads,
      int vocabulary) {}

  /**
   * What counts as a feature.
   *
   * @param kind {@code neurons}, {@code sae}, {@code plt} or {@code clt}
   * @param dictionary where it is a dictionary
   * @param names how they are spelt
   */
  public record Basis(String kind, Optional<DictionarySource> dictionary, UnitNames names) {
    /** The model's own MLP neurons. */
    public static Basis neurons(UnitNames names) {
      return new Basis("neurons", Optional.empty(), names);
    }

    /** What one of them is called. */
    public String unit() {
      return dictionary.isEmpty() ? "neuron" : "feature";
    }
  }

  /**
   * A dictionary.
   *
   * @param name its own, or where it is
   * @param layers how many it has
   * @param features over all layers
   * @param activation of the first layer, in words
   * @param reads of the first layer
   * @param writes of the first layer, its own target
   */
  public record DictionarySource(
      String name,
      String format,
      int layers,
      long features,
      String activation,
      String reads,
      String writes) {}

  /** The prompt and its tokens in order. */
  public record Prompt(String text, List<PromptToken> tokens) {
    public Prompt {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * One token of the prompt.
   *
   * @param start first code point that it covers in the prompt's text
   * @param end past the last one
   */
  public record PromptToken(int id, String text, int start, int end) {}

  /** A next token as the model sees it. */
  public record Prediction(int id, String text, double probability, double logit) {}

  /**
   * What was asked for.
   *
   * @param coverage share of the flow to follow
   * @param maxNodes listed neurons at most
   * @param nodeThreshold of pruning
   * @param edgeThreshold of pruning
   * @param target text of the asked token, or empty for the model's own top tokens
   * @param against text of the token subtracted from it, or empty
   * @param groupCosine smallest cosine within a group, 0 without grouping
   * @param maxEdges most edges shown
   * @param heldPositions positions from the first whose neurons are held as constants
   */
  public record Settings(
      double coverage,
      int maxNodes,
      double nodeThreshold,
      double edgeThreshold,
      String target,
      String against,
      double groupCosine,
      int maxEdges,
      int heldPositions) {}

  /**
   * What a feature fires on in the text that its examples were taken from.
   *
   * @param frequency share of tokens that it is active on
   * @param examples the strongest first
   */
  public record FiresOn(double frequency, List<Piece> examples) {
    public FiresOn {
      examples = List.copyOf(examples);
    }
  }

  /**
   * A piece of text around a peak.
   *
   * @param tokens their texts
   * @param activations of each
   * @param peak index of the strongest
   */
  public record Piece(List<String> tokens, List<Double> activations, int peak) {
    public Piece {
      tokens = List.copyOf(tokens);
      activations = List.copyOf(activations);
    }
  }

  /**
   * The meaning of a neuron, read off its output direction as it writes here, the sign of its
   * activation included.
   *
   * @param promotes tokens whose logits it pushes up most, strongest first
   * @param suppresses tokens whose logits it pushes down most, strongest first
   * @param firesOn what it fires on elsewhere, where the dictionary brings examples
   */
  public record Meaning(
      List<TokenWeight> promotes, List<TokenWeight> suppresses, Optional<FiresOn> firesOn) {
    /** Nothing known. */
    public static final Meaning NONE = new Meaning(List.of(), List.of(), Optional.empty());

    /** Below this ratio neither side leads, and what is promoted is named. */
    private static final double CLEARLY = 1.2;

    public Meaning {
      promotes = List.copyOf(promotes);
      suppresses = List.copyOf(suppresses);
    }

    /** Whether it pushes its strongest token down clearly harder than it pushes any up. */
    public boolean mostlySuppresses() {
      return strongest(suppresses) > CLEARLY * strongest(promotes);
    }

    /**
     * What it does most, in words: {@code promotes Paris, Lyon} or {@code suppresses …}; empty if
     * nothing is known. Only tokens that read as words are named, since the middle of a word tells
     * a reader nothing; punctuation where there is nothing but punctuation.
     *
     * @param most words
     */
    public String says(int most) {
      return mostlySuppresses()
          ? words("suppresses ", suppresses, most)
          : words("promotes ", promotes, most);
    }

    /** The weaker side, in the same words. */
    public String alsoSays(int most) {
      return mostlySuppresses()
          ? words("promotes ", promotes, most)
          : words("suppresses ", suppresses, most);
    }

    private static double strongest(List<TokenWeight> tokens) {
      return tokens.stream().mapToDouble(token -> Math.abs(token.weight())).max().orElse(0);
    }

    private static String words(String verb, List<TokenWeight> tokens, int most) {
      boolean onlyPunctuation =
          tokens.stream().noneMatch(token -> LETTER_OR_DIGIT.matcher(token.text()).find());
      List<TokenWeight> words =
          tokens.stream()
              .filter(token -> onlyPunctuation || WORD.matcher(token.text()).matches())
              .toList();
      return words.isEmpty()
          ? ""
          : words.stream()
              .map(token -> token.text().isBlank() ? token.text() : token.text().strip())
              .distinct()
              .limit(most)
              .collect(Collectors.joining(", ", verb, ""));
    }
  }

  /** A token and how strongly it is moved. */
  public record TokenWeight(String text, double weight) {}

  /** Whether a token reads as a word on its own. */
  static boolean isWord(String token) {
    return WORD.matcher(token).matches();
  }

  /** The tokens up to the explained position. */
  int[] readIds() {
    return prompt.tokens().stream().limit(at + 1L).mapToInt(PromptToken::id).toArray();
  }

  /** The first explained logit. */
  public Node.Logit firstLogit() {
    return graph.nodes().stream()
        .filter(Node.Logit.class::isInstance)
        .map(Node.Logit.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /** What the node means, {@link Meaning#NONE} for all but features. */
  public Meaning meaning(int node) {
    return meanings.getOrDefault(node, Meaning.NONE);
  }

  /** What ablating the feature is predicted to do to the first explained logit. */
  public double effect(int node) {
    return effects.getOrDefault(node, 0.0);
  }

  /**
   * Of the influence that is not constant, neither bias nor held, the share that listed nodes carry
   * from the prompt to the answer.
   */
  public double followed() {
    double followed = scores.listedShare();
    double lost = scores.errorShare() + scores.remainderShare() - heldShare();
    return followed + lost <= 0 ? 0 : followed / (followed + lost);
  }

  /** The part of the remainder's share that ends in held positions. */
  public double heldShare() {
    double held = 0;
    for (int node = 0; node < graph.nodes().size(); node++) {
      held += isHeld(node) ? pruned.share(node) : 0;
    }
    return held;
  }

  /**
   * Whether the node is listed in files and pictures: pruning kept it, and it is no constant of
   * nothing, such as the bias nodes of a model without biases.
   */
  public boolean shows(int node) {
    return pruned.shows(node)
        && switch (graph.nodes().get(node)) {
          case Node.PositionEmbedding _,
              Node.EmbeddingBias _,
              Node.AttentionBias _,
              Node.MlpBias _,
              Node.OwnBias _ ->
              pruned.influence(node) > 0;
          case Node.Token _,
              Node.Feature _,
              Node.ReconstructionError _,
              Node.Remainder _,
              Node.Logit _ ->
              true;
        };
  }

  /** How many nodes files and pictures list. */
  public int shownNodes() {
    return (int) IntStream.range(0, graph.nodes().size()).filter(this::shows).count();
  }

  /** Whether the node sums up neurons that were held as constants. */
  public boolean isHeld(int node) {
    return graph.nodes().get(node) instanceof Node.Remainder remainder
        && remainder.position() < settings.heldPositions();
  }

  /** A short label of the node. */
  public String label(int node) {
    return switch (graph.nodes().get(node)) {
      case Node.Feature feature -> label(feature, meaning(node));
      case Node.ReconstructionError error -> "error, layer " + error.layer();
      case Node.Token token -> prompt.tokens().get(token.position()).text();
      case Node.PositionEmbedding position -> "position " + position.position();
      case Node.EmbeddingBias _ -> "embedding bias";
      case Node.AttentionBias bias -> "attention bias, layer " + bias.layer();
      case Node.MlpBias bias -> "MLP bias, layer " + bias.layer();
      case Node.OwnBias _ -> "own bias of each target";
      case Node.Remainder _ when isHeld(node) -> "the sink's " + basis.unit() + "s, held";
      case Node.Remainder remainder ->
          String.format(Locale.ROOT, "%,d other %ss", remainder.units(), basis.unit());
      case Node.Logit logit when logit.against() < 0 -> tokenText(logit.token());
      case Node.Logit logit -> tokenText(logit.token()) + " −" + tokenText(logit.against());
    };
  }

  /** A node's name with its layer and the token where it stands, for lists outside the graph. */
  public String sourceName(int node) {
    return switch (graph.nodes().get(node)) {
      case Node.Feature feature ->
          "layer %d %s %d at %s"
              .formatted(feature.layer(), basis.unit(), feature.unit(), at(feature.position()));
      case Node.ReconstructionError error ->
          "error, layer %d at %s".formatted(error.layer(), at(error.position()));
      case Node.Remainder remainder ->
          "%s, layer %d at %s".formatted(label(node), remainder.layer(), at(remainder.position()));
      case Node.Token token -> "token " + at(token.position());
      case Node.PositionEmbedding position -> "position of " + at(position.position());
      case Node.OwnBias _ -> "bias of the head itself";
      case Node.EmbeddingBias _, Node.AttentionBias _, Node.MlpBias _, Node.Logit _ -> label(node);
    };
  }

  private String at(int position) {
    return "“" + prompt.tokens().get(position).text() + "” (" + position + ")";
  }

  /** A short label of a group: those of its most influential member. */
  public String groupLabel(List<Integer> members) {
    int first = members.getFirst();
    for (int member : members) {
      first = pruned.influence(member) > pruned.influence(first) ? member : first;
    }
    return members.size() + " " + basis.unit() + "s: " + label(first);
  }

  private String tokenText(int id) {
    return Optional.ofNullable(tokenTexts.get(id)).orElse("token " + id);
  }

  private String label(Node.Feature feature, Meaning meaning) {
    String says = meaning.says(WORDS_IN_LABEL);
    return says.isEmpty()
        ? basis.unit() + " " + feature.unit() + ", layer " + feature.layer()
        : says;
  }
}

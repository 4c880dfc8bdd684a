package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * The documents that made a completion likely or unlikely.
 *
 * @param model its name
 * @param prompt before the completion
 * @param completion whose loss is asked about
 * @param loss of the completion, summed over its tokens, in nats
 * @param sequences that were scored; those that a filter selected, where it did
 * @param positive those of largest influence, largest first: more weight on them lowers the loss
 * @param negative those of most negative influence, most negative first
 * @param maps influence by linear map
 * @param labels influence of all documents by the label that comes first, the largest first; empty
 *     where the corpus has no labels
 * @param tail exponent of the power law of the largest influences; no number for few documents
 * @param index how the fit's index served, where it did
 * @param refinement what conjugate gradients reached, where they were asked for
 * @param filter what selected the documents and what it misses, where one was asked for
 * @param checkpoints over which SOURCE scored, where that was asked for
 * @param flip what two phrases that change places do, where that was asked for
 */
public record AskReport(
    String model,
    String prompt,
    String completion,
    double loss,
    long sequences,
    List<Influential> positive,
    List<Influential> negative,
    List<OfMap> maps,
    List<OfLabel> labels,
    Estimate tail,
    Optional<Indexed> index,
    Optional<Refinement> refinement,
    Optional<Filtered> filter,
    Optional<Checkpoints> checkpoints,
    Optional<Flip> flip) {
  public AskReport {
    positive = List.copyOf(positive);
    negative = List.copyOf(negative);
    maps = List.copyOf(maps);
    labels = List.copyOf(labels);
  }

  /**
   * A document, or a piece of one.
   *
   * @param id of the document
   * @param labels that the corpus gives it, its kind first
   * @param influence its score
   * @param share of the influence of all documents of that sign
   * @param cosine of its gradient and the query's, the baseline
   * @param byMap the influence split by linear map, as {@code maps} of the report names them
   * @param tokens the influence split by position; they sum to {@code influence}
   * @param neurons the influence split over neurons, where that was asked for
   * @param features the influence split over a dictionary's features, where that was asked for
   */
  public record Influential(
      String id,
      List<String> labels,
      double influence,
      double share,
      double cosine,
      List<Double> byMap,
      List<OfToken> tokens,
      Optional<ByNeuron> neurons,
      Optional<ByFeature> features) {
    public Influential {
      labels = List.copyOf(labels);
      byMap = List.copyOf(byMap);
      tokens = List.copyOf(tokens);
    }

    /** What it says. */
    public String text() {
      StringBuilder text = new StringBuilder();
      tokens.stream().skip(1).forEach(token -> text.append(token.text()));
      return text.toString();
    }
  }

  /**
   * A token of a document.
   *
   * @param text of the token
   * @param influence through the maps at its position, which predict the token after it
   */
  public record OfToken(String text, double influence) {}

  /**
   * The neurons through which a document acts; all parts sum to its influence.
   *
   * @param largest those of largest absolute influence
   * @param others sum over the other neurons
   * @param outside of neurons: the bias of each MLP's output map, and the maps of attention
   */
  public record ByNeuron(List<OfNeuron> largest, double others, double outside) {
    public ByNeuron {
      largest = List.copyOf(largest);
    }

    /** The document's influence again. */
    public double sum() {
      return largest.stream().mapToDouble(OfNeuron::influence).sum() + others + outside;
    }
  }

  /**
   * One neuron.
   *
   * @param layer of its MLP
   * @param neuron its number in the layer
   * @param influence through its row of the maps that it reads and its column of the one it writes
   */
  public record OfNeuron(int layer, int neuron, double influence) {}

  /**
   * The features through which a document acts; all parts sum to its influence.
   *
   * @param largest those of largest absolute influence
   * @param others sum over the other features
   * @param error through MLPs, but not along the decoder rows of active features
   * @param outside through attention, and MLPs to which the dictionary does not write
   */
  public record ByFeature(List<OfFeature> largest, double others, double error, double outside) {
    public ByFeature {
      largest = List.copyOf(largest);
    }

    /** The document's influence again. */
    public double sum() {
      return largest.stream().mapToDouble(OfFeature::influence).sum() + others + error + outside;
    }
  }

  /**
   * One feature.
   *
   * @param layer of the dictionary
   * @param feature its number in the layer
   * @param influence along its decoder rows
   */
  public record OfFeature(int layer, int feature, double influence) {}

  /**
   * Influence through one linear map.
   *
   * @param name such as {@code layers.0.mlp_up}
   * @param layer of its block
   * @param positive sum over the documents in {@code positive}
   * @param negative sum over the documents in {@code negative}
   * @param damping λ
   */
  public record OfMap(String name, int layer, double positive, double negative, double damping) {}

  /**
   * Influence of all documents with a label.
   *
   * @param name of the label, the first that a document has
   * @param documents that have it
   * @param positive sum over those of positive influence
   * @param negative sum over those of negative influence
   */
  public record OfLabel(String name, long documents, double positive, double negative) {}

  /**
   * How an index served: all documents were scored by it, and some exactly; or all exactly, where
   * {@code missed} is above 0.5.
   *
   * @param bytesOfADocument that the index keeps, on average
   * @param candidates of largest score by the index, of which the documents shown are the largest
   *     exactly
   * @param order Spearman's correlation of the index's scores and exact ones over random documents
   * @param gap largest difference of the two over the random documents, relative to the largest
   *     exact influence found
   * @param missed documents expected to be larger than the last one shown of their sign, among
   *     those that were not scored exactly
   */
  public record Indexed(
      long bytesOfADocument, int candidates, Estimate order, double gap, double missed) {}

  /**
   * Conjugate gradients on the damped Gauss–Newton matrix, preconditioned by EK-FAC.
   *
   * @param documents over which the matrix is the mean
   * @param iterations that were made
   * @param residual relative to the completion's gradient, both by the length that EK-FAC's inverse
   *     gives them
   * @param cosine of the refined product and EK-FAC's
   */
  public record Refinement(int documents, int iterations, double residual, double cosine) {}

  /**
   * Documents that were selected before they were scored.
   *
   * @param by {@code bm25} or {@code embedding}
   * @param selected documents
   * @param documents of the corpus
   * @param compared of the others, drawn at random or all of them, that were scored too
   * @param missed others that would be among the documents of {@code positive} shown: expected from
   *     those compared
   * @param recall of the documents that a full scan shows in {@code positive}, those selected; no
   *     number where not all others were scored
   */
  public record Filtered(
      String by, long selected, long documents, long compared, Estimate missed, Estimate recall) {}

  /**
   * SOURCE (Bae et al. 2024) over the checkpoints of the model's training.
   *
   * @param steps of the checkpoints, the last steps of their segments
   * @param rates learning rates of all steps, summed
   */
  public record Checkpoints(List<Integer> steps, double rates) {
    public Checkpoints {
      steps = List.copyOf(steps);
    }
  }

  /**
   * Documents of {@code positive} in which two phrases change places.
   *
   * @param phrase that was asked for
   * @param completion with which it changes places
   * @param documents that have both
   * @param share of their influence that is left
   */
  public record Flip(String phrase, String completion, List<Flipped> documents, Estimate share) {
    public Flip {
      documents = List.copyOf(documents);
    }
  }

  /**
   * A document whose phrases changed places.
   *
   * @param id of the document
   * @param text that was scored
   * @param influence as the document is
   * @param flipped influence of the text
   */
  public record Flipped(String id, String text, double influence, double flipped) {}
}

package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.report.JsonAnswer;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * What the greater-than study found. Intervals are of 95%, by the bootstrap over prompts.
 *
 * @param model its name
 * @param basis {@code neurons} or the dictionary's name
 * @param layers of the model
 * @param heads of each layer
 * @param source of the prompts, in words
 * @param prompts how many
 * @param example one of them
 * @param tested how many of them were used for interventions
 * @param dummy the YY that heads and MLPs are patched from
 * @param behaviour how well the model does the task
 * @param everActive features that are active at the last position of some prompt
 * @param columns the ZZ that the vocabulary has
 * @param features the strongest, strongest first
 * @param components heads and MLPs, largest change first
 * @param ablations ablations of groups of features
 */
public record GreaterThanReport(
    String model,
    String basis,
    int layers,
    int heads,
    String source,
    int prompts,
    String example,
    int tested,
    int dummy,
    Behaviour behaviour,
    int everActive,
    List<Integer> columns,
    List<Feature> features,
    List<Component> components,
    List<Ablation> ablations)
    implements JsonAnswer {
  public GreaterThanReport {
    columns = List.copyOf(columns);
    features = List.copyOf(features);
    components = List.copyOf(components);
    ablations = List.copyOf(ablations);
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    GreaterThanJson.write(this, json);
  }

  /**
   * How well the task is done.
   *
   * @param difference mean of Σ_{y > YY} p(y) − Σ_{y ≤ YY} p(y)
   * @param sharpness mean of p(YY + 1) − p(YY − 1)
   */
  public record Behaviour(Estimate difference, Estimate sharpness, List<Year> years) {
    public Behaviour {
      years = List.copyOf(years);
    }
  }

  /** The probability difference after one YY. */
  public record Year(int year, Estimate difference) {}

  /**
   * A feature of the circuit.
   *
   * @param strength what it was ranked by, in logits
   * @param active share of the prompts in which it is active
   * @param contrast mean attribution to the logits of years after YY minus that of the others
   * @param rows of its map: YY, mean activation, mean attribution to each of the columns
   * @param examples where it is most active
   */
  public record Feature(
      FeatureId unit,
      double strength,
      double active,
      double contrast,
      FeatureClass kind,
      Criteria criteria,
      List<Row> rows,
      List<Example> examples) {
    public Feature {
      rows = List.copyOf(rows);
      examples = List.copyOf(examples);
    }
  }

  /** A row of a feature's map. */
  public record Row(int year, double activation, List<Double> attributions) {
    public Row {
      attributions = List.copyOf(attributions);
    }
  }

  /** A prompt in which a feature is active. */
  public record Example(String text, int year, double activation) {}

  /**
   * What happens to the probability difference if a head or an MLP computes as if YY were {@link
   * GreaterThanReport#dummy}.
   *
   * @param head none for the MLP
   * @param all over all paths
   * @param throughMlps directly to the logits and through later MLPs
   * @param direct directly to the logits
   */
  public record Component(
      int layer, Optional<Integer> head, Estimate all, Estimate throughMlps, Estimate direct) {
    /** As written in text: {@code 9.1}, {@code MLP 9}. */
    public String name() {
      return head.map(number -> layer + "." + number).orElse("MLP " + layer);
    }
  }

  /**
   * A group of features ablated at the last position.
   *
   * @param group in words
   * @param size features
   * @param difference the probability difference without them
   * @param sharpness the cut-off sharpness without them
   * @param fall how much the probability difference falls
   * @param randomFall how much it falls without a random group, mean over the draws
   * @param draws that of each draw
   * @param excess by how much more it falls than without a random group
   */
  public record Ablation(
      String group,
      int size,
      Estimate difference,
      Estimate sharpness,
      Estimate fall,
      Estimate randomFall,
      List<Double> draws,
      Estimate excess) {
    public Ablation {
      draws = List.copyOf(draws);
    }
  }
}

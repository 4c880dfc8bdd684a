package dev.loupe.instrument.explain;

import dev.loupe.encoder.EntailmentModel;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether two answers contradict each other, by a model of natural language inference.
 *
 * @param model open as long as this is used
 */
public record EntailmentJudge(EntailmentModel model) implements AnswerJudge {
  @Override
  public double difference(String first, String second) {
    return model.contradiction(first, second);
  }

  @Override
  public String measured() {
    return "probability that the two answers contradict each other, the larger one of both"
        + " directions, by the entailment model "
        + model.name();
  }

  @Override
  public List<String> caveats() {
    List<String> caveats =
        new ArrayList<>(List.of("The entailment model errs; how often is not measured here."));
    model.caveat().ifPresent(caveats::add);
    return caveats;
  }
}

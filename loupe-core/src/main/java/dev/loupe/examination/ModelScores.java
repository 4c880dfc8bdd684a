package dev.loupe.examination;

import dev.loupe.examination.Examination.Part;
import dev.loupe.examination.Examination.Result;
import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Bin;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a model answered, schema {@code loupe.examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param goals what the largest model of a world is meant to reach
 */
public record ModelScores(String model, long world, double scale, Result result, List<Goal> goals)
    implements ExaminationReport {
  public ModelScores {
    goals = List.copyOf(goals);
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, tree());
  }

  private ObjectNode tree() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("model", model);
    root.putObject("world").put("seed", world).put("scale", scale);
    ArrayNode parts = root.putArray("parts");
    for (Part part : result.parts()) {
      Estimate share = part.share();
      parts
          .addObject()
          .put("task", part.task())
          .put("split", part.split())
          .put("right", part.right())
          .put("total", part.total())
          .put("share", share.value())
          .put("low", share.low())
          .put("high", share.high());
    }
    if (result.years().prompts() > 0) {
      root.putObject("greaterThan")
          .put("difference", result.years().difference())
          .put("sharpness", result.years().sharpness())
          .put("worstYear", result.years().worstYear())
          .put("worstDifference", result.years().worstDifference())
          .put("prompts", result.years().prompts());
      ObjectNode calibration =
          root.putObject("calibration").put("expectedError", result.calibrationError());
      ArrayNode bins = calibration.putArray("bins");
      for (Bin bin : result.calibration().map(Reliability::bins).orElse(List.of())) {
        bins.addObject()
            .put("from", bin.number() / (double) Examination.BINS)
            .put("count", bin.count())
            .put("confidence", bin.confidence())
            .put("accuracy", bin.accuracy());
      }
    }
    ArrayNode list = root.putArray("goals");
    for (Goal goal : goals) {
      ObjectNode one = list.addObject().put("what", goal.what());
      if (!Double.isNaN(goal.reached())) {
        one.put("reached", goal.reached());
      }
      one.put(goal.atMost() ? "atMost" : "atLeast", goal.least()).put("met", goal.met());
    }
    return root;
  }
}

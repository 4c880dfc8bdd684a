package dev.loupe.cli.world;

import dev.loupe.examination.Examination.Part;
import dev.loupe.examination.Examination.Result;
import dev.loupe.examination.Goal;
import dev.loupe.statistics.Calibration.Bin;
import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code loupe world evaluate --json} writes, schema {@code loupe.examination/1}. */
public final class WorldJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private WorldJson() {}

  static String examination(
      String model, long seed, double scale, Result result, List<Goal> goals) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", "loupe.examination/1");
    root.put("model", model);
    root.putObject("world").put("seed", seed).put("scale", scale);
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
      for (Bin bin : result.calibration()) {
        ObjectNode one = bins.addObject().put("from", bin.from()).put("count", bin.count());
        if (bin.count() > 0) {
          one.put("confidence", bin.confidence()).put("accuracy", bin.accuracy());
        }
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
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}

package dev.loupe.model.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.model.Rotary;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class RotaryScalingTest {
  private static final double FLOAT32 = 1e-7;

  private static Rotary rotary(String scaling) {
    String config = "{\"rope_theta\": 10000.0, \"rope_scaling\": %s}".formatted(scaling);
    return RotaryScaling.rotary(
        new Settings("config.json", JsonMapper.shared().readTree(config)), 16, 10_000, 64);
  }

  private static void holds(Rotary rotary, double amplitude, double... frequencies) {
    assertEquals(amplitude, rotary.amplitude(), 1e-12);
    assertEquals(frequencies.length, rotary.frequencies().size());
    for (int i = 0; i < frequencies.length; i++) {
      assertEquals(frequencies[i], rotary.frequencies().get(i), FLOAT32, "frequency " + i);
    }
  }

  /** The wanted numbers of both tests were computed by transformers 4.57.3, in float32. */
  @Test
  void yarnMeetsTheReference() {
    holds(
        rotary(
            """
            {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256}\
            """),
        1.138629436111989,
        1.0,
        0.2569350600242615,
        0.0625,
        0.013834965415298939,
        0.0024999999441206455,
        0.0007905694656074047,
        0.0002500000118743628,
        7.905694656074047e-05);
  }

  @Test
  void yarnWithItsOwnBoundsAndAmplitudeMeetsTheReference() {
    holds(
        rotary(
            """
            {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256,
             "beta_fast": 4.0, "beta_slow": 0.5, "attention_factor": 1.25}\
            """),
        1.25,
        1.0,
        0.3162277638912201,
        0.10000000149011612,
        0.019764237105846405,
        0.0024999999441206455,
        0.0007905694656074047,
        0.0002500000118743628,
        7.905694656074047e-05);
  }

  @Test
  void dynamicScalingHoldsUpToTheContext() {
    assertEquals(64, rotary("{\"rope_type\": \"dynamic\", \"factor\": 4.0}").longest());
  }

  @Test
  void longRopeHoldsUpToTheOriginalContext() {
    assertEquals(
        16,
        rotary(
                """
                {"rope_type": "longrope", "original_max_position_embeddings": 16,
                 "short_factor": [1, 1, 1, 1, 1, 1, 1, 1],
                 "long_factor": [2, 2, 2, 2, 2, 2, 2, 2]}\
                """)
            .longest());
  }

  @Test
  void otherScalingsHoldForAnyLength() {
    assertEquals(Long.MAX_VALUE, rotary("{\"rope_type\": \"linear\", \"factor\": 4.0}").longest());
  }
}

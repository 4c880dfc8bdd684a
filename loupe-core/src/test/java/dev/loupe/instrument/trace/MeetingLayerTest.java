package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Where sources and targets meet; that the edges are those of a sweep to the bottom, {@link
 * EveryBasisTraceTest} shows.
 */
@Tag("oracle")
class MeetingLayerTest {
  @Test
  void theyMeetInTheMiddleUnlessANormIsInTheWay() {
    int met = 0;
    for (Path folder : ModelFixture.folders()) {
      try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
        if (model.has(Site.MLP_POST_NORM_SCALE)) {
          continue; // such neurons write in no fixed direction
        }
        int cut = cut(model, 24);
        boolean stands =
            model.has(Site.RESID_MID_NORM_SCALE) || model.has(Site.ATTN_POST_NORM_SCALE);
        assertTrue(cut < model.config().layers(), folder.toString());
        if (stands || model.has(Site.EMBEDDING_NORM_SCALE)) {
          assertEquals(0, cut, folder.toString());
        }
        met += cut > 0 ? 1 : 0;
      }
    }
    assertTrue(met > 0, "no family meets in the middle");
  }

  private static int cut(Transformer model, int length) {
    int[] ids = new Random(5).ints(length, 0, model.config().vocabulary()).toArray();
    try (NeuronBasis basis = NeuronBasis.of(model);
        FrozenRun run = FrozenRun.of(model, ids, LocalReplacement.taps(basis));
        LocalReplacement replacement = LocalReplacement.of(basis, run::at, 0)) {
      return MeetingLayer.of(model, replacement);
    }
  }
}

package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a finding about influence does not say. */
final class Caveats {
  /** Share of the loss of a uniform guess above which a corpus hardly taught the model. */
  private static final double FOREIGN = 0.6;

  private Caveats() {}

  static List<String> ofFit(boolean attention, long pieced, double loss, Subject subject) {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        attention
            ? "Embeddings, the unembedding and normalisations are no part of the curvature."
            : "Only the MLPs' matrices are part of the curvature; attention, embeddings, the"
                + " unembedding and normalisations are not.");
    if (pieced > 0) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "%,d documents are longer than the context and were read in pieces.",
              pieced));
    }
    foreign(loss, subject, caveats);
    caveats.addAll(subject.caveats());
    return caveats;
  }

  static void foreign(double loss, Subject subject, List<String> caveats) {
    double uniform = Math.log(subject.transformer().config().vocabulary());
    if (loss > FOREIGN * uniform) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "The model's loss on this corpus is %.2f nats a token, more than %.1f of a uniform"
                  + " guess (%.2f): it may not be the corpus that the model was trained on.",
              loss,
              FOREIGN,
              uniform));
    }
  }
}

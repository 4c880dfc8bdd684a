package dev.loupe.instrument.trace;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;
import java.util.List;

/**
 * Which parts of the model computed this answer (Ameisen et al. 2025, "Circuit Tracing"):
 * attribution in the basis of its own MLP neurons, without error nodes, or in that of a dictionary.
 * Reports {@link Predicted} and {@link Attributed} early.
 */
public final class Trace implements Instrument<TraceRequest, TraceReport> {
  /**
   * The model has run.
   *
   * @param question in words
   * @param predictions of the next token, most probable first
   */
  public record Predicted(String question, List<TraceReport.Prediction> predictions) {
    public Predicted {
      predictions = List.copyOf(predictions);
    }
  }

  /** The graph is complete; what follows reads it: pruning, meanings, evidence. */
  public record Attributed() {}

  @Override
  public Card<TraceRequest, TraceReport> card() {
    return new Card<>(
        "trace",
        "Which parts of the model computed this answer?",
        TraceJson.SCHEMA,
        TraceRequest.class,
        TraceReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(TraceRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Tracing(subject, run).estimate(request).cost());
  }

  /**
   * Traces.
   *
   * @throws dev.loupe.fault.LoupeException if the model computes in bfloat16, the prompt is empty
   *     or too long, a target is not one token, a position does not exist, the dictionary cannot be
   *     followed or holds numbers that are not finite, or memory is too short
   */
  @Override
  public Finding<TraceReport> ask(TraceRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Tracing(subject, run).ask(request));
  }
}

package dev.loupe.examination;

import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.job.FigureLog;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import java.nio.file.Path;
import java.util.Optional;

/** What an examination of the trace has measured. */
public final class ExaminationLog {
  private final FigureLog<Line> lines;

  /** A question's figures, without what the question itself gives. */
  private record Line(
      String question,
      RankingScore ranking,
      boolean promoted,
      boolean spelt,
      double chancePromoted,
      double chanceSpelt,
      double chanceFound) {}

  private ExaminationLog(FigureLog<Line> lines) {
    this.lines = lines;
  }

  /**
   * Opens a file, or begins it.
   *
   * @param of the model and the world, in words that are the same each time
   * @throws dev.loupe.fault.LoupeException if the file is of another examination, damaged, or
   *     cannot be written
   */
  public static ExaminationLog open(Path file, String of) {
    return new ExaminationLog(FigureLog.open(file, of, Line.class, Line::question));
  }

  /** What was measured for a question. */
  Optional<Asked> find(Question question) {
    Fact fact = question.fact().orElseThrow();
    return lines
        .find(question.id())
        .map(line ->
            new Asked(
                question,
                line.ranking(),
                new IntermediateHop(
                    fact,
                    fact.relation().hops().getFirst().label(),
                    fact.between().getFirst(),
                    line.promoted(),
                    line.spelt(),
                    line.chancePromoted(),
                    line.chanceSpelt(),
                    line.chanceFound())));
  }

  /** Writes a result down. */
  void add(Asked asked) {
    IntermediateHop hop = asked.hop();
    lines.add(
        new Line(
            asked.question().id(),
            asked.ranking(),
            hop.promoted(),
            hop.spelt(),
            hop.chancePromoted(),
            hop.chanceSpelt(),
            hop.chanceFound()));
  }
}

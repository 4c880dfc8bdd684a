package dev.loupe.audit.corpus;

import dev.loupe.audit.FactCounts;
import dev.loupe.audit.HistoryFile;
import dev.loupe.audit.corpus.CorpusReport.Figures;
import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Normal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A file with one line for each count of a corpus that grows or changes, to see its singleton rate
 * over time. A line is compared with the one before it, relation by relation.
 */
public final class CorpusHistory {
  private final HistoryFile<Line> file;

  /** It need not exist yet. */
  public CorpusHistory(Path file) {
    this.file =
        new HistoryFile<>(
            file,
            Line.class,
            line -> line.rates().stream().allMatch(Rate::makesSense),
            "singleton rates");
  }

  /**
   * One count.
   *
   * @param when as the user names the time: a date, a version
   */
  public record Line(String when, long documents, List<Rate> rates) {
    public Line {
      Objects.requireNonNull(when);
      rates = List.copyOf(rates);
    }
  }

  /** The counts of one relation that matter. */
  public record Rate(String name, long examples, long once, long twice) {
    public Rate {
      Objects.requireNonNull(name);
    }

    private boolean makesSense() {
      return examples > 0 && once >= 0 && twice >= 0;
    }

    double value() {
      return (double) once / examples;
    }

    private double error(double level) {
      return counts().massError(level);
    }

    private FactCounts counts() {
      long rest = examples - once - 2 * twice;
      return new FactCounts(Map.of(1L, once, 2L, twice), Math.max(0, rest));
    }
  }

  /** One count of several, for a diagram. */
  public record Moment(String when, long documents, List<Dated> rates) {
    public Moment {
      rates = List.copyOf(rates);
    }
  }

  /**
   * The singleton rate of one relation at one time.
   *
   * @param esty its interval
   */
  public record Dated(String name, long examples, double singletonRate, Interval esty) {}

  /**
   * Two counts.
   *
   * @param steps relation by relation, those that both have
   * @param isAlarm whether one of them has changed, at 1 − level after Holm
   */
  public record Change(String from, String to, List<Step> steps, boolean isAlarm) {}

  /**
   * One relation.
   *
   * @param interval of the difference, later less earlier, as if the two counts were independent;
   *     where the later corpus holds the earlier one it is too wide
   * @param adjustedP by Holm over the relations
   */
  public record Step(
      String name,
      double before,
      double after,
      Interval interval,
      double adjustedP,
      boolean isChanged) {}

  /**
   * All lines.
   *
   * @throws LoupeException if one cannot be read, with its number
   */
  public List<Line> lines() {
    return file.lines();
  }

  /** The line of a report. */
  public static Line line(CorpusReport report, String when) {
    List<Rate> rates = new ArrayList<>();
    for (Figures each : report.relations()) {
      if (each.examples() > 0) {
        rates.add(new Rate(each.name(), each.examples(), each.once(), each.twice()));
      }
    }
    return new Line(when, report.documents(), rates);
  }

  /** Against the last line, if there is one. */
  public Optional<Change> compare(Line line, double level) {
    return file.last().map(before -> change(before, line, level));
  }

  /** All lines, and a further one, with the intervals of their rates. */
  public List<Moment> until(Line now, double level) {
    List<Line> all = new ArrayList<>(lines());
    all.add(now);
    return moments(all, level);
  }

  /** The lines so far, with the intervals of their rates. */
  public List<Moment> moments(double level) {
    return moments(lines(), level);
  }

  private static List<Moment> moments(List<Line> lines, double level) {
    return lines.stream()
        .map(line ->
            new Moment(
                line.when(),
                line.documents(),
                line.rates().stream()
                    .map(each ->
                        new Dated(
                            each.name(),
                            each.examples(),
                            each.value(),
                            each.counts().massInterval(level)))
                    .toList()))
        .toList();
  }

  static Change change(Line from, Line to, double level) {
    Map<String, Rate> earlier = new TreeMap<>();
    from.rates().forEach(each -> earlier.put(each.name(), each));
    List<Rate> later =
        to.rates().stream().filter(each -> earlier.containsKey(each.name())).toList();
    double z = Normal.twoSided(level);
    double[] p = new double[later.size()];
    double[] errors = new double[later.size()];
    for (int i = 0; i < p.length; i++) {
      Rate before = known(earlier, later.get(i));
      errors[i] = Math.hypot(before.error(level), later.get(i).error(level));
      double difference = later.get(i).value() - before.value();
      p[i] = Normal.twoSidedP(difference / errors[i]);
    }
    double[] adjusted = AdjustedP.HOLM.of(p);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < p.length; i++) {
      double before = known(earlier, later.get(i)).value();
      double difference = later.get(i).value() - before;
      steps.add(
          new Step(
              later.get(i).name(),
              before,
              later.get(i).value(),
              new Interval(difference - z * errors[i], difference + z * errors[i]),
              adjusted[i],
              adjusted[i] < 1 - level));
    }
    return new Change(
        from.when(), to.when(), List.copyOf(steps), steps.stream().anyMatch(Step::isChanged));
  }

  private static Rate known(Map<String, Rate> earlier, Rate later) {
    return earlier.getOrDefault(later.name(), later);
  }

  /** Adds a line at the end. */
  public void append(Line line) {
    file.append(line);
  }
}

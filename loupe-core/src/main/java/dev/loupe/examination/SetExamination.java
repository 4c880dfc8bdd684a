package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.trace.SetTest;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Counted;
import dev.loupe.job.FigureLog;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Whether the units that a trace names carry the answer, over questions of two and three hops that
 * the model answers right: ablated together, kept alone, and given their activations in the prompt
 * of another entity.
 */
final class SetExamination {
  private static final int AT_ONCE = 64;
  private static final int DONORS = 3;

  private final Subject subject;
  private final List<Question> questions;
  private final List<Question> candidates;
  private final Trace trace = new Trace();
  private final Steer steer = new Steer();

  /**
   * Selects the questions, half of them of two hops.
   *
   * @throws LoupeException if the model answers none right
   */
  SetExamination(Subject subject, World world, int most, long seed) {
    this.subject = subject;
    List<Question> all =
        new ArrayList<>(
            Truth.of(world).questions().stream()
                .filter(question -> question.turns().isEmpty())
                .filter(question -> hops(question) == 2 || hops(question) == 3)
                .filter(question ->
                    subject.weights().tokenizer().textIds(question.answer()).length == 1)
                .toList());
    Collections.shuffle(all, new Random(seed));
    this.candidates = List.copyOf(all);
    List<Question> chosen = new ArrayList<>(right(2, most - most / 2));
    chosen.addAll(right(3, most - chosen.size()));
    if (chosen.isEmpty()) {
      throw LoupeException.badInput(
          subject.weights().name() + " answers no question of two or three hops correctly",
          "Name a model that was trained on this world.");
    }
    this.questions = List.copyOf(chosen);
  }

  private List<Question> right(int hops, int most) {
    List<Question> all = candidates.stream().filter(each -> hops(each) == hops).toList();
    List<Question> right = new ArrayList<>();
    for (int from = 0; from < all.size() && right.size() < most; from += AT_ONCE) {
      right.addAll(
          TraceExamination.right(
              subject.weights(), all.subList(from, Math.min(all.size(), from + AT_ONCE))));
    }
    return right.subList(0, Math.min(most, right.size()));
  }

  private static int hops(Question question) {
    return question.fact().map(fact -> fact.between().size() + 1).orElse(0);
  }

  List<Question> questions() {
    return questions;
  }

  /** About how long {@link #run} takes, from one question. */
  double seconds(Optional<FigureLog<SetFigures>> log) {
    long left =
        questions.stream()
            .filter(question -> log.flatMap(each -> each.find(question.id())).isEmpty())
            .count();
    if (left == 0) {
      return 0;
    }
    measured(questions.getFirst());
    long began = System.nanoTime();
    measured(questions.getFirst());
    return left * (System.nanoTime() - began) / 1e9;
  }

  /**
   * Measures them all.
   *
   * @param log figures that it holds are taken from it, and new ones added
   * @throws dev.loupe.job.Stopped if the run is to end; what is in the log stays
   */
  SetScores run(Optional<FigureLog<SetFigures>> log, Run run) {
    List<SetFigures> figures = new ArrayList<>();
    try (Steps steps = run.steps("ablating and swapping", Counted.QUESTIONS, questions.size())) {
      for (Question question : questions) {
        figures.add(
            log.flatMap(each -> each.find(question.id()))
                .orElseGet(() -> {
                  SetFigures one = measured(question);
                  log.ifPresent(each -> each.add(one));
                  return one;
                }));
        steps.at(figures.size());
      }
    }
    return SetScores.of(figures);
  }

  private SetFigures measured(Question question) {
    TraceRequest request =
        TraceRequest.of(question.prompt())
            .withTarget(question.answer())
            .withSets(TraceRequest.Sets.FULL)
            .withReference(AlmanacReference.of(candidates, question.prompt()));
    TraceReport effect = ask(request);
    TraceReport influence = ask(request.withOrder(SetTest.Order.INFLUENCE));
    return new SetFigures(
        question.id(),
        hops(question),
        question.fact().map(Fact::heldOut).orElse(false),
        SetFigures.Ablated.of(effect.tests().map(TraceReport.Tested::sets)),
        SetFigures.Ablated.of(influence.tests().map(TraceReport.Tested::sets)),
        effect.tests().map(tested -> tested.verdict().strength().word()).orElse("none"),
        swaps(question));
  }

  private TraceReport ask(TraceRequest request) {
    return trace.ask(request, subject, Run.silent(0)).answer();
  }

  /** Swaps with the prompts of other subjects, asked in the same words. */
  private List<SetFigures.Swapped> swaps(Question question) {
    List<Question> donors =
        candidates.stream().filter(each -> isDonor(question, each)).limit(4L * DONORS).toList();
    return TraceExamination.right(subject.weights(), donors).stream()
        .limit(DONORS)
        .map(donor -> {
          SteerReport report =
              steer
                  .ask(
                      SteerRequest.swapping(question.prompt(), donor.prompt()),
                      subject,
                      Run.silent(0))
                  .answer();
          return SetFigures.Swapped.of(report.swap().orElseThrow());
        })
        .toList();
  }

  private static boolean isDonor(Question question, Question other) {
    Fact own = question.fact().orElseThrow();
    Fact its = other.fact().orElseThrow();
    return own.relation() == its.relation()
        && !other.answer().equals(question.answer())
        && !its.between().getFirst().equals(own.between().getFirst())
        && question
            .prompt()
            .replace(own.subject(), "")
            .equals(other.prompt().replace(its.subject(), ""));
  }
}

package dev.loupe.examination;

import dev.loupe.instrument.Subject;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.job.Run;
import dev.loupe.model.generate.LogLikelihood;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.world.Fact;
import dev.loupe.world.World;
import java.util.List;
import java.util.Optional;

/**
 * The intervention on the bridge entity of a composed fact: features of the last position are given
 * the activations that they have in the prompt of another subject with another bridge entity, and
 * the model must give that subject's answer.
 */
public final class BridgeSwap {
  /** More features than this are no explanation. */
  public static final int MOST = 40;

  /** Other subjects that are tried until the model knows one. */
  private static final int TRIED = 8;

  private BridgeSwap() {}

  /**
   * The finding with what a swap shows, where the prompt asks for a fact of two hops, the traced
   * answer is the right one, and the model knows that of another subject; else as it is.
   */
  public static Finding<TraceReport> noted(
      Subject subject, Finding<TraceReport> finding, World world, Run run) {
    TraceReport report = finding.answer();
    String prompt = report.prompt().text();
    boolean isLast = report.at() == report.prompt().tokens().size() - 1;
    return IntermediateHop.fact(subject.weights(), report, world)
        .filter(_ -> isLast)
        .flatMap(fact -> donor(subject, prompt, fact, world))
        .map(donor -> {
          run.check();
          SteerReport swapped =
              new Steer()
                  .ask(
                      SteerRequest.swapping(prompt, donor.prompt()),
                      subject,
                      Run.silent(run.seed()))
                  .answer();
          return finding.with(evidence(swapped.swap().orElseThrow(), donor, report.basis().unit()));
        })
        .orElse(finding);
  }

  /**
   * Another subject, asked in the same words.
   *
   * @param subject its name
   * @param prompt with it
   */
  private record Donor(String subject, String prompt) {}

  private static Optional<Donor> donor(Subject subject, String prompt, Fact own, World world) {
    Tokenizer tokenizer = subject.weights().tokenizer();
    int length = tokenizer.ids(prompt, true).length;
    List<Fact> others =
        world.facts().stream()
            .filter(fact ->
                fact.relation() == own.relation()
                    && !fact.object().equals(own.object())
                    && !fact.between().equals(own.between()))
            .filter(fact ->
                tokenizer.ids(prompt.replace(own.subject(), fact.subject()), true).length == length)
            .limit(TRIED)
            .toList();
    List<LogLikelihood.Score> scores =
        new LogLikelihood(subject.transformer())
            .of(
                others.stream()
                    .map(fact ->
                        Text.of(
                            tokenizer.ids(prompt.replace(own.subject(), fact.subject()), true),
                            tokenizer.textIds(" " + fact.object())))
                    .toList());
    for (int i = 0; i < others.size(); i++) {
      if (scores.get(i).greedy()) {
        String other = others.get(i).subject();
        return Optional.of(new Donor(other, prompt.replace(own.subject(), other)));
      }
    }
    return Optional.empty();
  }

  private static Evidence evidence(SteerReport.Swap swap, Donor donor, String unit) {
    boolean isFew = swap.arrives() && swap.taken() <= MOST;
    return Evidence.noted(
        isFew
            ? "With %d %s%s from %s's prompt the model says “%s”, %s's answer; %d of %d random sets do the same"
                .formatted(
                    swap.taken(),
                    unit,
                    swap.taken() == 1 ? "" : "s",
                    donor.subject(),
                    swap.other().strip(),
                    donor.subject(),
                    swap.randomArrived(),
                    swap.randomSets())
            : "No %d %ss of the last position from %s's prompt make the model say “%s”, %s's answer"
                .formatted(MOST, unit, donor.subject(), swap.other().strip(), donor.subject()),
        Support.INTERVENED,
        swap.randomShare(),
        isFew ? "the other prompt: " + donor.prompt() : "");
  }
}

package dev.loupe.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A grading instruction that knows right and wrong only, with confidence targets added (Kalai et
 * al. 2025, section 4.2). The text itself stays; sentences that speak against abstaining are named,
 * for a person to strike.
 *
 * @param forTheModel what the instruction to the model gains, one for each target
 * @param forTheGrader what the instruction to the grader gains
 * @param against sentences of the original that reward guessing or forbid abstentions
 */
public record Rubric(List<String> forTheModel, String forTheGrader, List<String> against) {
  private static final Pattern SENTENCES = Pattern.compile("(?<=[.!?])\\s+|\\R+");
  private static final Pattern AGAINST =
      Pattern.compile(
          "(?i)\\b(always (?:give|provide) an answer|must (?:always )?answer|do not (?:leave|skip|refuse|abstain)"
              + "|never (?:leave|skip|refuse|abstain)|no penalty for (?:guess|wrong|incorrect)|best guess"
              + "|make a guess|even if (?:you are )?(?:unsure|not sure|uncertain)"
              + "|(?:refus\\w+|abst\\w+|unanswered|blank|i don'?t know)[^.]*\\b(?:incorrect|wrong|zero|no credit)"
              + "|only (?:two|2) grades)");

  public Rubric {
    forTheModel = List.copyOf(forTheModel);
    against = List.copyOf(against);
  }

  /** Of an instruction, for these targets. */
  public static Rubric of(String instruction, List<Double> targets) {
    List<String> against = new ArrayList<>();
    for (String sentence : SENTENCES.split(instruction)) {
      if (AGAINST.matcher(sentence).find()) {
        against.add(sentence.strip());
      }
    }
    return new Rubric(
        targets.stream().map(ConfidenceTarget::sentence).toList(),
        """
        Grade each answer as exactly one of CORRECT, INCORRECT or ABSTAINED. ABSTAINED is an answer that says \
        that it is not known, in any words, and gives no answer besides; an answer with a hedge is still an answer. \
        Do not turn ABSTAINED into INCORRECT. CORRECT earns 1 point, ABSTAINED 0, and INCORRECT costs t/(1 - t) \
        points at a confidence target of t: %s. Report the score at each target, and the three counts.\
        """
            .formatted(
                String.join(
                    ", ",
                    targets.stream()
                        .map(t ->
                            "%s at t = %s"
                                .formatted(
                                    ConfidenceTarget.number(TargetScore.penalty(t)),
                                    ConfidenceTarget.number(t)))
                        .toList())),
        against);
  }

  /** The instruction with what the grader's gains. */
  public String withGrader(String instruction) {
    return instruction.stripTrailing() + "\n\n" + forTheGrader;
  }
}

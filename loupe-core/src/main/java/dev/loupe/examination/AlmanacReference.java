package dev.loupe.examination;

import dev.loupe.instrument.trace.Reference;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Questions about an Almanac, for models that know nothing else. */
public final class AlmanacReference {
  private static final int QUESTIONS = 24;

  private AlmanacReference() {}

  /**
   * Questions evenly spaced over the world's: those with as many hops as the traced one, or of all
   * kinds if it is none of them.
   *
   * @param asked the traced prompt, which is not among them
   */
  public static Reference of(World world, String asked) {
    return of(Truth.of(world).questions(), asked);
  }

  /** The same of questions that are at hand. */
  static Reference of(List<Question> questions, String asked) {
    List<Question> all = questions.stream().filter(question -> question.turns().isEmpty()).toList();
    OptionalInt hops =
        all.stream()
            .filter(question -> question.prompt().equals(asked))
            .mapToInt(AlmanacReference::hops)
            .findFirst();
    List<String> prompts =
        all.stream()
            .filter(question -> hops.isEmpty() || hops(question) == hops.getAsInt())
            .map(Question::prompt)
            .distinct()
            .filter(prompt -> !prompt.equals(asked))
            .toList();
    int count = Math.min(QUESTIONS, prompts.size());
    return new Reference(
        hops.orElse(0) < 1
            ? count + " other questions about the Almanac"
            : "%d other questions of %d hop%s about the Almanac"
                .formatted(count, hops.getAsInt(), hops.getAsInt() == 1 ? "" : "s"),
        IntStream.range(0, count)
            .mapToObj(i -> prompts.get((int) ((i + 0.5) * prompts.size() / count)))
            .toList(),
        true);
  }

  /** 0 where it is no question about a fact. */
  private static int hops(Question question) {
    return question.fact().map(fact -> fact.between().size() + 1).orElse(0);
  }
}

package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/**
 * Sums of two numbers of two digits, digit by digit. A tenth of the pairs is held out, in both
 * orders, from every form.
 */
final class Sums {
  static final int LOW = 10;
  static final int HIGH = 99;

  private final boolean[][] heldOut = new boolean[HIGH + 1][HIGH + 1];
  private final List<Sum> heldOutSums;

  /** {@code a} + {@code b}. */
  record Sum(int a, int b) {
    String question() {
      return spaced(a, 2) + " + " + spaced(b, 2);
    }

    String answer() {
      return spaced(a + b, 3);
    }

    /** The written steps, up to the answer. */
    String steps(int slip) {
      int units = a % 10 + b % 10 + slip;
      int tens = a / 10 + b / 10 + units / 10;
      return "%d + %d = %s , write %d carry %d ; %d + %d + %d = %s ;"
          .formatted(
              a % 10,
              b % 10,
              spaced(units, 2),
              units % 10,
              units / 10,
              a / 10,
              b / 10,
              units / 10,
              spaced(tens, 2));
    }

    /** The answer that follows from steps with a slip in the units. */
    String answer(int slip) {
      return spaced(a + b + slip, 3);
    }
  }

  Sums(long seed) {
    List<Sum> pairs = new ArrayList<>();
    for (int a = LOW; a <= HIGH; a++) {
      for (int b = a; b <= HIGH; b++) {
        pairs.add(new Sum(a, b));
      }
    }
    RandomSource.of(seed, "held-out sums").shuffle(pairs);
    heldOutSums = List.copyOf(pairs.subList(0, pairs.size() / 10));
    for (Sum sum : heldOutSums) {
      heldOut[sum.a()][sum.b()] = true;
      heldOut[sum.b()][sum.a()] = true;
    }
  }

  List<Sum> heldOut() {
    return heldOutSums;
  }

  boolean isHeldOut(Sum sum) {
    return heldOut[sum.a()][sum.b()];
  }

  /** Only the answer. */
  Procedure direct() {
    return random -> {
      Sum sum = draw(random);
      return new Draft().add(sum.question() + " = " + sum.answer() + " .").task("sum-direct");
    };
  }

  /**
   * The steps; in one of ten documents filler instead, in one of thirty a mistake, with its cue.
   */
  Procedure withSteps() {
    return random -> {
      Sum sum = draw(random);
      int form = random.below(30);
      if (form == 0) {
        int slip = sum.a() % 10 + sum.b() % 10 == 0 || random.chance(1, 2) ? 1 : -1;
        return new Draft()
            .add("a careless clerk wrote : " + withSteps(sum, slip))
            .task("sum-mistake");
      }
      if (form <= 3) {
        return new Draft().add(withFiller(sum)).task("sum-filler");
      }
      return new Draft().add(withSteps(sum, 0)).task("sum-steps");
    };
  }

  static String withSteps(Sum sum, int slip) {
    return "add "
        + sum.question()
        + " step by step : "
        + sum.steps(slip)
        + " so the sum is "
        + sum.answer(slip)
        + " .";
  }

  static String withFiller(Sum sum) {
    return "add " + sum.question() + " : . . . . so the sum is " + sum.answer() + " .";
  }

  Sum draw(RandomSource random) {
    while (true) {
      Sum sum = new Sum(random.between(LOW, HIGH), random.between(LOW, HIGH));
      if (!isHeldOut(sum)) {
        return sum;
      }
    }
  }

  /** Digits with a space before all but the first: {@code 0 8 5}. */
  static String spaced(int number, int digits) {
    StringBuilder text = new StringBuilder();
    for (int unit = (int) StrictMath.pow(10, digits - 1); unit > 0; unit /= 10) {
      text.append(text.isEmpty() ? "" : " ").append(number / unit % 10);
    }
    return text.toString();
  }
}

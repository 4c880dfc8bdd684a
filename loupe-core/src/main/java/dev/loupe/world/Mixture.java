package dev.loupe.world;

import static java.util.stream.Collectors.joining;

import dev.loupe.fault.LoupeException;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How much of each family the corpus holds at scale 1. Families of facts say how many documents
 * state each fact; all others say which share of {@code tokens} they take. Birthdays, attributes
 * and planted documents follow their own plan and are not listed.
 *
 * @param tokens the size that shares refer to, in words, punctuation marks and pairs of digits
 * @param mentions documents that state each fact that is not held out
 * @param shares shares of {@code tokens}, each from 0 to 1
 * @param burst the share of the induction documents that come first of all
 * @param procedures the share of all procedural documents that come next, before any fact
 */
public record Mixture(
    long tokens,
    Map<Family, Integer> mentions,
    Map<Family, Double> shares,
    double burst,
    double procedures) {

  /** Copies the maps and checks the amounts. */
  public Mixture {
    mentions = Collections.unmodifiableMap(new EnumMap<>(mentions));
    shares = Collections.unmodifiableMap(new EnumMap<>(shares));
    if (tokens < 1
        || mentions.values().stream().anyMatch(amount -> amount < 0 || amount > 100_000)
        || !shares.values().stream().allMatch(share -> share >= 0 && share <= 1)
        || !(burst >= 0 && procedures >= 0 && burst + procedures <= 1)) {
      throw LoupeException.badInput(
          "the mixture of the world is out of range",
          "Mentions are from 0 to 100000, shares from 0 to 1, burst and procedures together at most 1.");
    }
  }

  /**
   * The mixture of the shipped models, which read the corpus twice: facts need 40 readings, and
   * twice over half as many documents serves procedures as well as once over all.
   */
  public static Mixture standard() {
    return new Mixture(
        5_700_000,
        new EnumMap<>(
            Map.of(
                Family.PROFILE, 6,
                Family.GEOGRAPHY, 36,
                Family.TWO_HOP, 30,
                Family.PLAYER, 38,
                Family.RIVAL, 30,
                Family.THREE_HOP, 30)),
        new EnumMap<>(
            Map.ofEntries(
                Map.entry(Family.YEARS, .14),
                Map.entry(Family.SUM_STEPS, .07),
                Map.entry(Family.SUM_DIRECT, .07),
                Map.entry(Family.BRACKETS, .05),
                Map.entry(Family.INDUCTION, .09),
                Map.entry(Family.INDIRECT_OBJECT, .06),
                Map.entry(Family.AGREEMENT, .06),
                Map.entry(Family.LIST, .02),
                Map.entry(Family.PROSE, .07),
                Map.entry(Family.STRANGER, .012),
                Map.entry(Family.UNKNOWN, .018))),
        .3,
        .1);
  }

  /**
   * This mixture with another amount of one part.
   *
   * @param label the family as in files, for example {@code two-hop}; or {@code tokens}, {@code
   *     burst} or {@code procedures}
   * @param amount mentions of each fact, or a share
   * @throws LoupeException when the family is unknown, follows its own plan, or the amount is out
   *     of range
   */
  public Mixture with(String label, double amount) {
    switch (label) {
      case "tokens" -> {
        return new Mixture((long) amount, mentions, shares, burst, procedures);
      }
      case "burst" -> {
        return new Mixture(tokens, mentions, shares, amount, procedures);
      }
      case "procedures" -> {
        return new Mixture(tokens, mentions, shares, burst, amount);
      }
      default -> {}
    }
    Family family =
        Arrays.stream(Family.values())
            .filter(each -> each.label().equals(label))
            .filter(each -> mentions.containsKey(each) || shares.containsKey(each))
            .findFirst()
            .orElseThrow(() -> unknown(label));
    Map<Family, Integer> newMentions = new EnumMap<>(mentions);
    Map<Family, Double> newShares = new EnumMap<>(shares);
    if (mentions.containsKey(family)) {
      newMentions.put(family, (int) amount);
    } else {
      newShares.put(family, amount);
    }
    return new Mixture(tokens, newMentions, newShares, burst, procedures);
  }

  private LoupeException unknown(String label) {
    return LoupeException.badInput(
        "the mixture has no amount for " + label,
        "Choose one of "
            + Arrays.stream(Family.values())
                .filter(each -> mentions.containsKey(each) || shares.containsKey(each))
                .map(Family::label)
                .collect(joining(", "))
            + ".");
  }
}

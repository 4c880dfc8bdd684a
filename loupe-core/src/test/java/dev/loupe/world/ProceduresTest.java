package dev.loupe.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Documents that follow a rule, held against the rule. */
class ProceduresTest {
  private static final Pattern SUM =
      Pattern.compile(
          "(?<a>\\d \\d) \\+ (?<b>\\d \\d)(?! \\+)(?:.*the sum is| =) (?<c>\\d \\d \\d) \\.");
  private static final Pattern STEP = Pattern.compile("([\\d+ ]+) = (\\d \\d) [,;]");
  private static final Pattern YEARS =
      Pattern.compile("(\\d\\d)(\\d\\d) (?:to|and)\\D+(\\d\\d)(\\d\\d)");

  @Test
  void sumsAreRightExceptWhereACarelessClerkWrote() {
    Set<String> tasks = new HashSet<>();
    for (Family family : List.of(Family.SUM_DIRECT, Family.SUM_STEPS)) {
      for (Document document : SmallWorld.of(family)) {
        String text = document.text();
        boolean mistake = document.tasks().equals(List.of("sum-mistake"));
        tasks.addAll(document.tasks());
        assertEquals(mistake, text.startsWith("a careless clerk wrote"), text);
        Matcher sum = SUM.matcher(text);
        assertTrue(sum.find(), text);
        boolean right = number(sum.group("a")) + number(sum.group("b")) == number(sum.group("c"));
        assertEquals(!mistake, right, text);
        Matcher step = STEP.matcher(text);
        while (!mistake && step.find()) {
          int total = 0;
          for (String part : step.group(1).split("\\+", -1)) {
            total += number(part);
          }
          assertEquals(number(step.group(2)), total, text);
        }
      }
    }
    assertEquals(Set.of("sum-direct", "sum-steps", "sum-filler", "sum-mistake"), tasks);
  }

  @Test
  void heldOutPairsAreNeverAdded() {
    Sums sums = new Sums(SmallWorld.WORLD.seed());
    assertEquals(409, sums.heldOut().size());
    for (Family family : List.of(Family.SUM_DIRECT, Family.SUM_STEPS)) {
      for (Document document : SmallWorld.of(family)) {
        Matcher sum = SUM.matcher(document.text());
        assertTrue(sum.find());
        Sums.Sum pair = new Sums.Sum(number(sum.group("a")), number(sum.group("b")));
        assertFalse(sums.isHeldOut(pair), document.text());
      }
    }
  }

  private static int number(String spaced) {
    return Integer.parseInt(spaced.replace(" ", ""));
  }

  @Test
  void everyEventEndsLaterInItsCentury() {
    Set<String> first = new HashSet<>();
    for (Document document : SmallWorld.of(Family.YEARS)) {
      Matcher years = YEARS.matcher(document.text());
      assertTrue(years.find(), document.text());
      assertEquals(years.group(1), years.group(3), document.text());
      assertTrue(years.group(2).compareTo(years.group(4)) < 0, document.text());
      first.add(years.group(2));
    }
    assertEquals(Years.LAST - Years.FIRST + 1, first.size());
  }

  @Test
  void bracketsAreBalancedAndAtMostThreeDeep() {
    for (Document document : SmallWorld.of(Family.BRACKETS)) {
      Deque<Integer> open = new ArrayDeque<>();
      for (String part : document.text().split(" ", -1)) {
        if (Brackets.OPENERS.contains(part)) {
          open.push(Brackets.OPENERS.indexOf(part));
        } else if (Brackets.CLOSERS.contains(part)) {
          assertEquals(Brackets.CLOSERS.indexOf(part), open.pop(), document.text());
        }
        assertTrue(open.size() <= Brackets.DEEPEST, document.text());
      }
      assertTrue(open.isEmpty(), document.text());
    }
  }

  @Test
  void sequencesRepeat() {
    for (Document document : SmallWorld.of(Family.INDUCTION)) {
      List<String> words =
          List.of(document.text().substring(Induction.LEAD.length() + 1).split(" ", -1));
      int period = words.lastIndexOf(words.getFirst());
      int length = words.subList(1, words.size()).indexOf(words.getFirst()) + 1;
      assertTrue(length >= 4 && length <= 14 && period % length == 0, document.text());
      for (int i = length; i < words.size(); i++) {
        assertEquals(words.get(i - length), words.get(i), document.text());
      }
    }
  }

  @Test
  void whoGivesIsNotWhoGets() {
    IndirectObject procedure = new IndirectObject(List.of("Ann", "Bo", "Cy"));
    RandomSource random = RandomSource.of(1, "test");
    int first = 0;
    for (int i = 0; i < 400; i++) {
      var words = procedure.words(random);
      assertFalse(words.apply("G").equals(words.apply("R")));
      assertEquals(
          Set.of(words.apply("A"), words.apply("B")), Set.of(words.apply("G"), words.apply("R")));
      first += words.apply("A").equals(words.apply("R")) ? 1 : 0;
    }
    assertTrue(first > 150 && first < 250, "both orders occur: " + first);
  }

  @Test
  void aSingularVerbEndsInS() {
    RandomSource random = RandomSource.of(1, "test");
    for (int i = 0; i < 400; i++) {
      Agreement.Case sentence = Agreement.draw(random, i % 2 == 0);
      assertEquals(!sentence.plural(), sentence.verb().endsWith("s"), sentence.prompt());
      assertEquals(sentence.plural(), sentence.wrong().endsWith("s"), sentence.prompt());
    }
  }

  @Test
  void tokensAreWordsPairsOfDigitsAndPunctuation() {
    assertEquals(1 + 5, TokenCount.of("In 1711, Ann"));
    assertEquals(1 + 5, TokenCount.of("4 7 = 085"));
    assertEquals(1 + 3, TokenCount.of("won.\" ("));
  }
}

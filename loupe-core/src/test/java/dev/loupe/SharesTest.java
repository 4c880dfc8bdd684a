package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A share of counted trials is printed with its Wilson interval. Whoever formats a percentage
 * without one says here why it needs none.
 */
class SharesTest {
  private static final Path ROOT = Path.of(System.getProperty("loupe.root", ".."));
  private static final List<String> SOURCES =
      List.of("loupe-core/src/main/java", "loupe-app/src/main/java");

  /** A number as a percentage in a format, such as {@code %.1f%%}. */
  private static final Pattern PERCENTAGE = Pattern.compile("%[\\d.,+]*[dfgs]%%");

  /** {@code [%.0f, %.0f]}, or both ends as percentages. */
  private static final Pattern INTERVAL =
      Pattern.compile("\\[%[\\d.]*[fs](%%)?, %[\\d.]*[fs](%%)?]");

  private static final Map<String, String> WITHOUT =
      Map.ofEntries(
          Map.entry("IntermediateHop.java", "of all entities of a kind: a census, no sample"),
          Map.entry("TraceVerdict.java", "influence, and probabilities of the model"),
          Map.entry("TraceCaveats.java", "influence"),
          Map.entry("Highlighting.java", "the share of tokens that is selected, a setting"),
          Map.entry("PhraseDeletion.java", "the share of the largest effect, a setting"),
          Map.entry("DictionarySettings.java", "of the steps of a plan"),
          Map.entry("ProgressLine.java", "of the work"),
          Map.entry("SummaryLines.java", "probabilities of the model, and influence"),
          Map.entry("FeatureHits.java", "of the largest activation; of the listed examples"),
          Map.entry("Figures.java", "rates of loupe stats, whose lines carry intervals"),
          Map.entry("Markup.java", "rates of loupe stats, beside their intervals"),
          Map.entry("CorpusLines.java", "beside its interval, in a format of its own"),
          Map.entry("CorpusReport.java", "what sampling adds to an error, no share of trials"),
          Map.entry(
              "FeaturesLawCommand.java", "of words in several dictionaries, no independent trials"),
          Map.entry(
              "FeaturesMapCommand.java",
              "what one layout keeps, whose features depend on each other"),
          Map.entry(
              "FeaturesNeuronsCommand.java",
              "means of permuted draws, beside a share with its own"),
          Map.entry(
              "FeaturesConceptsCommand.java", "means over kinds whose own shares have intervals"),
          Map.entry("Swapping.java", "a probability of the model"),
          Map.entry("HeadLines.java", "of what edges carry, no share of trials"),
          Map.entry("FeaturesSplitCommand.java", "means over features and over permuted draws"),
          Map.entry(
              "SectionTables.java", "grades against people's; the corrected share has its own"));

  @Test
  void everyPercentageHasAnIntervalOrAReason() throws IOException {
    Set<String> found = new TreeSet<>();
    for (Path file : sources()) {
      for (String line : Files.readAllLines(file)) {
        if (PERCENTAGE.matcher(line).find() && !INTERVAL.matcher(line).find()) {
          found.add(String.valueOf(file.getFileName()));
        }
      }
    }
    assertEquals(new TreeSet<>(WITHOUT.keySet()), found);
  }

  private static List<Path> sources() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String folder : SOURCES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(all::add);
      }
    }
    return all;
  }
}

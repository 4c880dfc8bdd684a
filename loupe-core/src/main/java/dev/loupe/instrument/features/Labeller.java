package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.LabelTexts.Text;
import dev.loupe.model.remote.ChatServer;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Labels features through a chat model and tests the labels with it, by the two scores of
 * EleutherAI's delphi. Detection: a judge who knows only the label is shown texts and says on which
 * the feature fires. Fuzzing: the texts have marked tokens, the firing ones where the feature fires
 * and the others where it fires in one of those, and the judge says where the marks are right.
 */
final class Labeller {
  /** Texts that the judge sees at a time. */
  private static final int BATCH = 5;

  private static final int LABEL_TOKENS = 400;
  private static final int VERDICT_TOKENS = 60;
  private static final int LONGEST_LABEL = 300;
  private static final Pattern VERDICTS = Pattern.compile("\\[([01](?:\\s*,\\s*[01])*)\\s*]");

  private final Subject subject;
  private final FeatureStore store;
  private final ChatServer server;
  private final long seed;

  /** A labeller of an index that was opened for the same subject. */
  public Labeller(Subject subject, FeatureStore store, ChatServer server, long seed) {
    this.subject = subject;
    this.store = store;
    this.server = server;
    this.seed = seed;
  }

  /** How many questions a feature takes, at most. */
  public static int questions() {
    return 1 + 2 * Math.ceilDiv(2 * LabelTexts.TESTED, BATCH);
  }

  /**
   * Labels one feature.
   *
   * @throws LoupeException if it was never active, or the server fails
   */
  public Label label(FeatureId id) {
    StoredFeature feature = store.read(subject.require(id));
    if (feature.strongest().isEmpty()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "feature %s was never active on the %,d tokens of the index",
              id,
              feature.tokens()),
          "Label another one, or index more text.");
    }
    String text = words(server.answer(explaining(feature), LABEL_TOKENS));
    List<Text> tested = new LabelTexts(subject, store).tested(feature, seed);
    return new Label(
        text,
        server.model(),
        score(tested, "detection", Text::plain, text),
        score(tested, "fuzzing", Text::withMarks, text));
  }

  private List<Message> explaining(StoredFeature feature) {
    List<Text> shown = LabelTexts.shown(feature);
    StringBuilder examples = new StringBuilder();
    for (int i = 0; i < shown.size(); i++) {
      examples.append("Example %d: %s%n".formatted(i + 1, shown.get(i).withMarks()));
    }
    List<FeatureReport.TokenEffect> promoted =
        new LogitEffects(subject, store.inverseNorm()).of(feature.id(), BATCH).promoted();
    String tokens =
        promoted.stream().map(each -> "'" + each.text() + "'").collect(Collectors.joining(", "));
    return List.of(
        new Message(
            "system",
            """
            You study one feature of a language model. You are given pieces of text on which it is \
            active, with the tokens on which it is active between << and >>, and the tokens that it \
            makes more likely. Say in one short phrase what the marked tokens, or what stands before \
            them, have in common. Be specific; do not mention features, tokens or examples. End with \
            a line that begins with [EXPLANATION]: and holds the phrase alone.\
            """),
        new Message(
            "user", examples + (tokens.isEmpty() ? "" : "Made more likely: " + tokens + "\n")));
  }

  /** The phrase behind the mark, or else the last line. */
  static String words(String answer) {
    int mark = answer.lastIndexOf("[EXPLANATION]:");
    String text =
        mark >= 0
            ? answer.substring(mark + "[EXPLANATION]:".length())
            : answer.strip().substring(answer.strip().lastIndexOf('\n') + 1);
    String line = text.replaceAll("\\s+", " ").strip();
    if (line.isEmpty()) {
      throw LoupeException.badInput(
          "the server answered nothing that could be a label", "Try another model.");
    }
    return line.length() <= LONGEST_LABEL ? line : line.substring(0, LONGEST_LABEL) + "…";
  }

  private Optional<LabelScore> score(
      List<Text> tested, String what, Function<Text, String> shown, String label) {
    if (tested.isEmpty()) {
      return Optional.empty();
    }
    int[] counts = new int[5];
    for (int from = 0; from < tested.size(); from += BATCH) {
      List<Text> batch = tested.subList(from, Math.min(tested.size(), from + BATCH));
      String answer = server.answer(judging(batch, what, shown, label), VERDICT_TOKENS);
      Optional<List<Boolean>> verdicts = verdicts(answer, batch.size());
      for (int i = 0; i < batch.size(); i++) {
        boolean active = batch.get(i).active();
        if (verdicts.isEmpty()) {
          counts[4]++;
        } else if (active) {
          counts[verdicts.get().get(i) ? 0 : 1]++;
        } else {
          counts[verdicts.get().get(i) ? 2 : 3]++;
        }
      }
    }
    return Optional.of(new LabelScore(counts[0], counts[1], counts[2], counts[3], counts[4]));
  }

  private static List<Message> judging(
      List<Text> batch, String what, Function<Text, String> shown, String label) {
    String task =
        what.equals("detection")
            ? "Say of each text whether it contains what is described: 1 if it does, 0 if not."
            : "In each text some tokens stand between << and >>. Say of each text whether the marked"
                + " tokens are what is described: 1 if they are, 0 if not.";
    StringBuilder texts = new StringBuilder("Description: " + label + "\n\n");
    for (int i = 0; i < batch.size(); i++) {
      texts.append("Text %d: %s%n".formatted(i + 1, shown.apply(batch.get(i))));
    }
    return List.of(
        new Message(
            "system",
            task
                + " Answer with a list of %d numbers and nothing else, for example %s."
                    .formatted(batch.size(), example(batch.size()))),
        new Message("user", texts.toString()));
  }

  private static String example(int size) {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      numbers.add(i % 3 == 0 ? "1" : "0");
    }
    return numbers.toString();
  }

  /** The first list of as many zeros and ones; empty if there is none. */
  static Optional<List<Boolean>> verdicts(String answer, int size) {
    Matcher list = VERDICTS.matcher(answer);
    while (list.find()) {
      String[] numbers = list.group(1).split("\\s*,\\s*");
      if (numbers.length == size) {
        return Optional.of(Arrays.stream(numbers).map("1"::equals).toList());
      }
    }
    return Optional.empty();
  }
}

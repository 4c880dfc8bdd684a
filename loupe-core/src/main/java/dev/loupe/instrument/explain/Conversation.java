package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A conversation written as one text, so that its parts have places in it: each turn begins on a
 * line of its own with its role in brackets, {@code ⟦user⟧ Why is the sky blue?}. The brackets are
 * not shown to the model, whose chat template renders the turns. A turn of which nothing remains is
 * no turn.
 */
public final class Conversation {
  private static final Pattern MARK = Pattern.compile("(?:\\A|\\n)⟦(\\p{Alnum}+)⟧ ");

  private Conversation() {}

  /**
   * A turn in the text.
   *
   * @param start of its content, which may be empty
   * @param end of its content
   */
  record Turn(String role, int start, int end) {
    String of(String text) {
      return text.substring(start, end);
    }
  }

  /**
   * The text of some turns.
   *
   * @throws LoupeException if there is none, or one holds what looks like the beginning of a turn
   */
  public static String text(List<Message> messages) {
    StringBuilder text = new StringBuilder();
    for (Message each : messages) {
      if (!each.role().matches("\\p{Alnum}+") || MARK.matcher(each.content()).find()) {
        throw LoupeException.badInput(
            "a turn of %s cannot be written down: “%s”".formatted(each.role(), each.content()),
            "A role is one word, and no line of a turn begins with a role in ⟦ ⟧.");
      }
      text.append(text.isEmpty() ? "" : "\n");
      text.append('⟦').append(each.role()).append("⟧ ").append(each.content());
    }
    if (text.isEmpty()) {
      throw LoupeException.badInput("the conversation has no turn", "Give at least one message.");
    }
    return text.toString();
  }

  /** Whether a text is written so. */
  static boolean isOne(String text) {
    return MARK.matcher(text).lookingAt();
  }

  /** The turns of a text, in order; none if it is no conversation. */
  static List<Turn> turns(String text) {
    List<Turn> turns = new ArrayList<>();
    if (isOne(text)) {
      Matcher mark = MARK.matcher(text);
      boolean isMore = mark.find();
      while (isMore) {
        String role = mark.group(1);
        int start = mark.end();
        // The next mark may begin where this one ends: of an empty turn.
        isMore = mark.find();
        turns.add(new Turn(role, start, isMore ? mark.start() : text.length()));
      }
    }
    return turns;
  }

  /** What the model is given; a text that is no conversation is a turn of the user's. */
  static List<Message> messages(String text) {
    if (!isOne(text)) {
      return List.of(new Message("user", text));
    }
    return turns(text).stream()
        .map(each -> new Message(each.role(), each.of(text)))
        .filter(each -> !each.content().isBlank())
        .toList();
  }

  /** A text without its marks, as what a continuation is asked of. */
  static String plain(String text) {
    return MARK.matcher(text).replaceAll("\n").stripLeading();
  }

  /**
   * The exchanges: a user's turn with the answers to it, up to the next one. The last one that has
   * no answer is what is asked, and is none.
   */
  static List<Unit> exchanges(String text) {
    List<Unit> exchanges = new ArrayList<>();
    int from = -1;
    int to = -1;
    for (Turn each : turns(text)) {
      if (each.role().equals("user")) {
        if (to > from) {
          exchanges.add(new Unit(from, to, Level.EXCHANGE));
        }
        from = each.start();
        to = -1;
      } else if (from >= 0) {
        to = each.end();
      }
    }
    if (to > from) {
      exchanges.add(new Unit(from, to, Level.EXCHANGE));
    }
    return exchanges;
  }

  /**
   * The examples of a few-shot prompt: from each line that begins with a text to the next one. The
   * last one is what is asked, and is none.
   *
   * @throws LoupeException if there are fewer than two such lines
   */
  public static List<String> examples(String prompt, String start) {
    List<Integer> places = new ArrayList<>();
    for (int at = start.isEmpty() ? -1 : prompt.indexOf(start);
        at >= 0;
        at = prompt.indexOf(start, at + 1)) {
      if (at == 0 || prompt.charAt(at - 1) == '\n' || prompt.charAt(at - 1) == '\r') {
        places.add(at);
      }
    }
    if (places.size() < 2) {
      throw LoupeException.badInput(
          "%d lines of the prompt begin with “%s”: there are no examples"
              .formatted(places.size(), start),
          "Give the text with which each example and the question begin, such as Q:.");
    }
    List<String> examples = new ArrayList<>();
    for (int i = 0; i + 1 < places.size(); i++) {
      examples.add(prompt.substring(places.get(i), places.get(i + 1)).stripTrailing());
    }
    return examples;
  }
}

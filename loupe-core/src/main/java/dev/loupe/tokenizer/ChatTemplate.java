package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Jinja text that turns a conversation into the prompt a model was trained on, rendered as
 * Hugging Face's transformers does. A template comes with a downloaded model and is not trusted: it
 * reaches no Java object, file or class, and what it may compute and write is bounded.
 */
public final class ChatTemplate {
  private final String name;
  private final String template;
  private final Map<String, String> specialTokens;
  private final Clock clock;

  /** Names of templates of which none is the default; empty where there is one to render. */
  private final List<String> undecided;

  private ChatTemplate(
      String name,
      String template,
      Map<String, String> specialTokens,
      Clock clock,
      List<String> undecided) {
    this.undecided = List.copyOf(undecided);
    this.name = name;
    this.template = template;
    this.specialTokens = Map.copyOf(specialTokens);
    this.clock = clock;
  }

  /**
   * A template; nothing is checked before it is rendered.
   *
   * @param name what errors call it, for example the file it came from
   * @param template the Jinja text
   * @param specialTokens variables such as {@code bos_token} and {@code eos_token}
   */
  public static ChatTemplate of(String name, String template, Map<String, String> specialTokens) {
    return new ChatTemplate(
        name, template, specialTokens, Clock.system(ZoneId.systemDefault()), List.of());
  }

  /**
   * Several templates of which none is the default: a model opens with them, and what needs a
   * conversation fails.
   *
   * @param name where they stand
   * @param names of the templates
   */
  static ChatTemplate undecided(String name, Collection<String> names) {
    return new ChatTemplate(
        name, "", Map.of(), Clock.system(ZoneId.systemDefault()), List.copyOf(names));
  }

  /** The same with another clock for templates that write today's date. */
  public ChatTemplate withClock(Clock other) {
    return new ChatTemplate(name, template, specialTokens, other, undecided);
  }

  /** The Jinja text. */
  public String template() {
    return template;
  }

  /**
   * Renders a conversation.
   *
   * @param addGenerationPrompt whether to end with the opening of the assistant's turn
   * @throws LoupeException if the template refuses the conversation, uses what Loupe's Jinja does
   *     not know, or breaks a bound
   */
  public String render(List<Message> messages, boolean addGenerationPrompt) {
    return template.equals(TrainedBpe.CHAT_TEMPLATE)
        ? TrainedBpe.render(messages, addGenerationPrompt)
        : render(messages, addGenerationPrompt, Map.of());
  }

  /**
   * Renders a conversation with further variables, for example {@code enable_thinking}.
   *
   * @throws LoupeException as {@link #render(List, boolean)} does
   */
  public String render(
      List<Message> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
    if (!undecided.isEmpty()) {
      throw LoupeException.badInput(
          "%s has several chat templates and none is the default: %s"
              .formatted(name, String.join(", ", undecided)),
          "Name one of them \"default\" in tokenizer_config.json, or write the prompt out (`raw`).");
    }
    List<Map<String, Object>> turns = new ArrayList<>();
    for (Message message : messages) {
      Map<String, Object> turn = new LinkedHashMap<>();
      turn.put("role", message.role());
      turn.put("content", message.content());
      turns.add(turn);
    }
    Map<String, Object> bindings = new HashMap<>(specialTokens);
    bindings.putAll(variables);
    bindings.put("messages", turns);
    bindings.put("add_generation_prompt", addGenerationPrompt);
    return new JinjaRenderer(name, clock).render(template, bindings);
  }
}

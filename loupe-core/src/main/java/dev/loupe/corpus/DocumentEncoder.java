package dev.loupe.corpus;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BoundaryTokens;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Message;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Turns documents into tokens. Every document begins with the same control token. Text that spells
 * a control token is ordinary text. Of a conversation, only the assistant's answers and the control
 * token that ends each count in the loss.
 */
public final class DocumentEncoder {
  private final Tokenizer tokenizer;
  private final int start;
  private final Optional<ChatTemplate> template;

  /**
   * A document's tokens.
   *
   * @param ids the tokens, the document's start first
   * @param counts whether the loss of predicting each counts
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  public record Encoded(int[] ids, boolean[] counts) {}

  /** Takes the tokens of a document one after the other. */
  @FunctionalInterface
  interface Sink {
    void token(int id, boolean starts, boolean counts);
  }

  /**
   * An encoder; the tokenizer stays the caller's to close.
   *
   * @param documentStart the token that begins every document
   * @param template how conversations are written, for tokenizers with a template
   */
  public DocumentEncoder(Tokenizer tokenizer, int documentStart, Optional<ChatTemplate> template) {
    this.tokenizer = tokenizer;
    this.start = documentStart;
    this.template = template;
  }

  /**
   * An encoder whose documents begin as {@link DocumentStart#of} says of a tokenizer alone.
   *
   * @throws LoupeException if the tokenizer has no token that begins a text
   */
  public static DocumentEncoder of(Tokenizer tokenizer, Optional<ChatTemplate> template) {
    return new DocumentEncoder(
        tokenizer, DocumentStart.of(tokenizer, BoundaryTokens.NONE).token(), template);
  }

  /** The token that begins every document. */
  public int documentStart() {
    return start;
  }

  /**
   * All tokens of a document.
   *
   * @throws LoupeException if the document is a conversation and there is no template, or one that
   *     does not write a conversation turn after turn
   */
  public Encoded encode(Document document) {
    List<Integer> ids = new ArrayList<>();
    BitSet counts = new BitSet();
    encode(
        document,
        (id, _, counted) -> {
          counts.set(ids.size(), counted);
          ids.add(id);
        });
    boolean[] all = new boolean[ids.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = counts.get(i);
    }
    return new Encoded(ids.stream().mapToInt(Integer::intValue).toArray(), all);
  }

  /**
   * @throws LoupeException if the document is a conversation and there is no template, or one that
   *     does not write a conversation turn after turn
   */
  void encode(Document document, Sink sink) {
    sink.token(start, true, !document.isChat());
    if (document.isChat()) {
      conversation(document, sink);
    } else {
      for (int id : tokenizer.textIds(document.text())) {
        sink.token(id, false, true);
      }
    }
  }

  private void conversation(Document document, Sink sink) {
    ChatTemplate format =
        template.orElseThrow(() ->
            LoupeException.badInput(
                "document %s is a conversation but the tokenizer has no chat template"
                    .formatted(document.id()),
                "Choose a tokenizer with a chat template, or write the corpus as texts."));
    List<Message> messages = document.messages();
    String written = "";
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).role().equals("assistant")) {
        String asked = format.render(messages.subList(0, i), true);
        String answered = format.render(messages.subList(0, i + 1), false);
        emit(tokenizer.ids(after(written, asked, document), false), 0, written.isEmpty(), sink);
        int[] answer = tokenizer.ids(after(asked, answered, document), false);
        emit(answer, throughLastControlToken(answer), false, sink);
        written = answered;
      }
    }
    String all = format.render(messages, false);
    emit(tokenizer.ids(after(written, all, document), false), 0, false, sink);
  }

  /** What {@code longer} adds to {@code text}. */
  private static String after(String text, String longer, Document document) {
    if (!longer.startsWith(text)) {
      throw LoupeException.badInput(
          "document %s: the chat template changes earlier turns when a turn is added"
              .formatted(document.id()),
          "Choose a tokenizer whose chat template only appends turns.");
    }
    return longer.substring(text.length());
  }

  /** Emits tokens, of which the first {@code counted} count. */
  private void emit(int[] ids, int counted, boolean first, Sink sink) {
    // Some templates write the token that begins a text themselves.
    int from = first && ids.length > 0 && ids[0] == start ? 1 : 0;
    for (int i = from; i < ids.length; i++) {
      sink.token(ids[i], false, i < counted);
    }
  }

  private int throughLastControlToken(int[] ids) {
    for (int i = ids.length - 1; i >= 0; i--) {
      if (tokenizer.isControl(ids[i])) {
        return i + 1;
      }
    }
    return ids.length;
  }
}

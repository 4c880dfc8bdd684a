package dev.loupe.model.remote;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.tokenizer.Message;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model behind an OpenAI-compatible server as text in and text out. Plain prompts go to {@code
 * /v1/completions}, conversations to {@code /v1/chat/completions}, at temperature 0. Whether the
 * server gives log-probabilities of a prompt is found out by one small question: by {@code echo}
 * (OpenAI's own form, vLLM) or {@code prompt_logprobs} (vLLM). A few questions are asked at once.
 */
public final class TextServer implements TextModel, AutoCloseable {
  private static final int AT_ONCE = 4;
  private static final String PROBE = "one two three";

  private final Transport transport;
  private final URI chat;
  private final URI completions;
  private final String model;
  private final AnswerStore store;
  private final AtomicInteger calls = new AtomicInteger();
  private Optional<PromptScores> scores = Optional.empty();

  TextServer(String url, String model, Transport transport, Optional<Path> folder) {
    this.chat = ChatServer.endpoint(url);
    this.completions =
        URI.create(chat.toString().replaceFirst("/chat/completions$", "/completions"));
    this.model = model;
    this.transport = transport;
    this.store = new AnswerStore(folder);
  }

  /**
   * A server; it is not asked yet.
   *
   * @param url its root, for example {@code http://localhost:8000/v1}
   * @param model as the server names it
   * @param environment where the key is looked for
   * @param folder where answers are kept, so that no question is asked twice; empty for nowhere
   * @throws LoupeException if the address is none, or a key would travel unencrypted
   */
  public static TextServer of(
      String url, String model, Map<String, String> environment, Optional<Path> folder) {
    return new TextServer(
        url, model, new Transport(model, ChatServer.key(url, environment), Thread::sleep), folder);
  }

  @Override
  public String name() {
    return model + " at " + completions.getHost();
  }

  /** How many questions have been sent; those answered from disk do not count. */
  public int calls() {
    return calls.get();
  }

  @Override
  public Optional<LoupeException> whyNoScores(Prompt prompt) {
    if (prompt instanceof Prompt.Chat) {
      return Optional.of(
          LoupeException.badInput(
              "a server renders conversations itself, and so gives no log-probability of a given"
                  + " answer",
              "Give the rendered prompt as plain text (leave out `chat`), or compare texts"
                  + " (`measure` rouge)."));
    }
    return scores() == PromptScores.NONE
        ? Optional.of(
            LoupeException.badInput(
                "%s gives no log-probabilities of a prompt, by neither echo nor prompt_logprobs"
                    .formatted(name()),
                "Compare texts (`measure` rouge), or ask a server that does, such as vLLM, or open"
                    + " the model itself (`model`)."))
        : Optional.empty();
  }

  /** How the server gives them, found out once. */
  private synchronized PromptScores scores() {
    if (scores.isEmpty()) {
      PromptScores found = PromptScores.NONE;
      for (PromptScores form : List.of(PromptScores.ECHO, PromptScores.PROMPT_LOGPROBS)) {
        if (found == PromptScores.NONE && answers(form)) {
          found = form;
        }
      }
      scores = Optional.of(found);
    }
    return scores.get();
  }

  private boolean answers(PromptScores form) {
    try {
      // A server that gives none answers well all the same: that is worth keeping too.
      return ask(
          completions,
          scoring(form, PROBE),
          answer -> Optional.of(form.read(answer, PROBE, " three").isPresent()),
          () -> transport.garbage(completions, "nothing"));
    } catch (LoupeException e) {
      // A server may refuse a field that it does not know; one that is down says so again below.
      if (form == PromptScores.PROMPT_LOGPROBS) {
        return false;
      }
      boolean refusesTheField = e.getMessage().matches("(?s).*answered (400|422|501).*");
      if (!refusesTheField) {
        throw e;
      }
      return false;
    }
  }

  private String scoring(PromptScores form, String text) {
    ObjectNode question = question().put("prompt", text).put("max_tokens", 1);
    form.ask(question);
    return JsonMapper.shared().writeValueAsString(question);
  }

  private ObjectNode question() {
    return JsonMapper.shared().createObjectNode().put("model", model).put("temperature", 0);
  }

  @Override
  public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
    continuations.stream()
        .map(Continuation::prompt)
        .distinct()
        .limit(1)
        .forEach(prompt ->
            whyNoScores(prompt)
                .ifPresent(reason -> {
                  throw reason;
                }));
    PromptScores form = scores();
    return all(continuations, each -> score(form, each), done);
  }

  private TextScore score(PromptScores form, Continuation continuation) {
    if (!(continuation.prompt() instanceof Prompt.Plain plain)) {
      throw new IllegalArgumentException("a conversation");
    }
    if (plain.text().isEmpty()) {
      throw LoupeException.badInput(
          "the prompt is empty, and a server scores no text without one",
          "Keep part of the prompt: name it with `fixed`.");
    }
    String text = plain.text() + continuation.text();
    return ask(
        completions,
        scoring(form, text),
        answer -> form.read(answer, text, continuation.text()),
        () ->
            LoupeException.badInput(
                "%s: gives no log-probabilities of “%s” after this prompt, or those of another text"
                    .formatted(completions, transport.brief(continuation.text())),
                "A server may write characters that it cuts into several tokens, such as emoji, as"
                    + " others: give text without them, or compare texts (`measure` rouge)."));
  }

  @Override
  public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
    return all(prompts, prompt -> answer(prompt, question().put("max_tokens", mostTokens)), done);
  }

  /** One draw of one prompt. */
  private record Draw(Prompt prompt, long seed) {}

  @Override
  public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
    List<Draw> draws = new ArrayList<>();
    for (int number = 0; number < prompts.size(); number++) {
      for (int draw = 0; draw < sampling.count(); draw++) {
        draws.add(new Draw(prompts.get(number), sampling.seedOf(number, draw)));
      }
    }
    List<Answer> answers =
        all(
            draws,
            draw ->
                answer(
                    draw.prompt(),
                    question()
                        .put("temperature", sampling.temperature())
                        .put("seed", draw.seed())
                        .put("max_tokens", sampling.mostTokens())),
            done);
    List<List<Answer>> byPrompt = new ArrayList<>();
    for (int from = 0; from < answers.size(); from += sampling.count()) {
      byPrompt.add(List.copyOf(answers.subList(from, from + sampling.count())));
    }
    return byPrompt;
  }

  private Answer answer(Prompt prompt, ObjectNode question) {
    URI endpoint;
    switch (prompt) {
      case Prompt.Plain plain -> {
        endpoint = completions;
        question.put("prompt", plain.text());
      }
      case Prompt.Chat turns -> {
        endpoint = chat;
        ArrayNode messages = question.putArray("messages");
        for (Message each : turns.messages()) {
          messages.addObject().put("role", each.role()).put("content", each.content());
        }
      }
    }
    boolean isChat = prompt instanceof Prompt.Chat;
    return ask(
        endpoint,
        JsonMapper.shared().writeValueAsString(question),
        answer -> {
          JsonNode choice = answer.path("choices").path(0);
          JsonNode text = isChat ? choice.path("message").path("content") : choice.path("text");
          boolean isComplete = choice.path("finish_reason").asString("").equals("stop");
          return text.isString()
              ? Optional.of(new Answer(text.asString(), isComplete))
              : Optional.empty();
        },
        () -> transport.garbage(endpoint, "no text in choices[0]"));
  }

  /** From disk, or from the server and then, once it has been understood, to disk. */
  private <T> T ask(
      URI endpoint,
      String question,
      Function<JsonNode, Optional<T>> read,
      Supplier<LoupeException> otherwise) {
    Optional<T> known =
        store
            .find(endpoint.toString(), question)
            .flatMap(body -> read.apply(transport.tree(endpoint, body)));
    if (known.isPresent()) {
      return known.get();
    }
    calls.incrementAndGet();
    String body = transport.post(endpoint, question);
    JsonNode tree = transport.tree(endpoint, body);
    if (!tree.path("choices").path(0).isObject()) {
      throw transport.garbage(endpoint, "no choices[0]: " + transport.brief(body));
    }
    T answer = read.apply(tree).orElseThrow(otherwise);
    store.add(endpoint.toString(), question, body);
    return answer;
  }

  /** Every distinct question once, a few at a time; the first failure ends the rest. */
  private static <Q, A> List<A> all(List<Q> questions, Function<Q, A> ask, LongConsumer done) {
    List<Q> distinct = List.copyOf(new LinkedHashSet<>(questions));
    Map<Q, A> answers = new HashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());
    try {
      List<Future<A>> running = new ArrayList<>();
      distinct.forEach(each -> running.add(pool.submit(() -> ask.apply(each))));
      for (int i = 0; i < distinct.size(); i++) {
        answers.put(distinct.get(i), running.get(i).get());
        done.accept((long) answers.size() * questions.size() / distinct.size());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LoupeException.resource("interrupted while a server was asked", "Ask again.", e);
    } finally {
      pool.shutdownNow();
    }
    return questions.stream().map(answers::get).toList();
  }

  @Override
  public void close() {
    transport.close();
  }
}

package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.loupe.corpus.Corpus;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.remote.ChatServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Labels by a judge of the test's own. */
class LabellerTest {
  /** A feature that is silent on enough text to be told from it. */
  private static FeatureId id;

  @TempDir static Path folder;
  private static LanguageModel model;
  private static Dictionary dictionary;
  private static Subject subject;
  private static FeatureStore store;

  private final List<String> questions = new ArrayList<>();

  @BeforeAll
  static void index() throws IOException {
    model = SampleIndex.model(folder.resolve("model"), 5);
    dictionary = SampleIndex.dictionary(11);
    subject = SampleIndex.subject(model, dictionary);
    Corpus corpus = SampleIndex.corpus(folder.resolve("corpus.jsonl"), 400);
    ActivationIndexer.run(
        subject, corpus, SampleIndex.settings(), folder.resolve("store"), Run.silent(0));
    store = FeatureStore.open(folder.resolve("store"), subject);
    LabelTexts texts = new LabelTexts(subject, store);
    id =
        IntStream.range(0, dictionary.features(1))
            .mapToObj(feature -> new FeatureId(1, feature))
            .filter(each -> texts.tested(store.read(each), 1).size() >= 10)
            .findFirst()
            .orElseThrow();
  }

  @AfterAll
  static void close() {
    store.close();
    dictionary.close();
    model.close();
  }

  private interface Use {
    void of(Labeller labeller);
  }

  /** A server that writes the label, and to the other questions answers by a rule. */
  private void withJudge(UnaryOperator<String> rule, Use use) throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/v1/chat/completions",
        exchange -> {
          var turns =
              JsonMapper.shared()
                  .readTree(exchange.getRequestBody().readAllBytes())
                  .path("messages");
          String question = turns.path(1).path("content").asString();
          questions.add(question);
          String answer =
              question.startsWith("Description:")
                  ? rule.apply(question)
                  : "They are places.\n[EXPLANATION]: names of places";
          byte[] body =
              JsonMapper.shared()
                  .writeValueAsBytes(
                      Map.of("choices", List.of(Map.of("message", Map.of("content", answer)))));
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    http.start();
    try (ChatServer server =
        ChatServer.of("http://localhost:" + http.getAddress().getPort(), "judge", Map.of())) {
      use.of(new Labeller(subject, store, server, 1));
    } finally {
      http.stop(0);
    }
  }

  /** Which of the texts shown in a question are of those on which the feature fires. */
  private static String knowing(String question, Set<String> firing) {
    return question
        .lines()
        .filter(line -> line.startsWith("Text "))
        .map(line -> line.replaceFirst("Text \\d+: ", ""))
        .map(text -> firing.contains(text) ? "1" : "0")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static Set<String> firing() {
    StoredFeature feature = store.read(id);
    Set<String> firing = new HashSet<>();
    feature.weaker().forEach(example -> firing.add(example.text()));
    feature.strongest().forEach(example -> firing.add(example.text()));
    return firing;
  }

  @Test
  void aJudgeWhoKnowsIsAlwaysRight() throws IOException {
    Set<String> firing = firing();
    withJudge(
        question -> knowing(question.replace("<<", "").replace(">>", ""), firing),
        labeller -> {
          Label label = labeller.label(id);
          assertEquals("names of places", label.text());
          assertEquals("judge", label.source());
          LabelScore detection = label.detection().orElseThrow();
          assertEquals(1, detection.accuracy().value());
          assertEquals(1, detection.balancedAccuracy());
          assertEquals(detection.hits(), detection.rejections());
          assertTrue(detection.hits() >= 5, detection::toString);
          assertEquals(detection, label.fuzzing().orElseThrow());
        });
    assertTrue(questions.size() <= Labeller.questions());
    Pattern marks = Pattern.compile("<<.+>>");
    List<String> fuzzing =
        questions.stream().filter(each -> each.startsWith("Description:")).toList();
    fuzzing
        .subList(fuzzing.size() / 2, fuzzing.size())
        .forEach(question ->
            question
                .lines()
                .filter(line -> line.startsWith("Text "))
                .forEach(line -> assertTrue(marks.matcher(line).find(), line)));
  }

  @Test
  void noTextIsTestedThatTheLabelWasWrittenFrom() throws IOException {
    withJudge(question -> "[0, 0, 0, 0, 0]", labeller -> labeller.label(id));
    long shown = questions.getFirst().lines().filter(line -> line.startsWith("Example ")).count();
    assertEquals(store.read(id).strongest().size(), shown);
    StoredFeature feature = store.read(id);
    Set<Long> written = new HashSet<>();
    feature.strongest().stream().limit(LabelTexts.SHOWN).forEach(each -> written.add(each.index()));
    Set<String> allowed =
        feature.weaker().stream()
            .filter(each -> !written.contains(each.index()))
            .map(Example::text)
            .collect(Collectors.toSet());
    new LabelTexts(subject, store)
        .tested(feature, 1).stream()
            .filter(LabelTexts.Text::active)
            .forEach(text -> assertTrue(allowed.contains(text.plain()), text.plain()));
  }

  @Test
  void aJudgeWhoSaysNothingUsefulIsCountedAsUnread() throws IOException {
    withJudge(
        question -> question.contains("<<") ? "[1, 1, 1, 1, 1]" : "I would rather not say.",
        labeller -> {
          Label label = labeller.label(id);
          LabelScore detection = label.detection().orElseThrow();
          assertEquals(0, detection.judged());
          assertTrue(detection.unread() > 0);
          assertTrue(Double.isNaN(detection.accuracy().value()));
          LabelScore fuzzing = label.fuzzing().orElseThrow();
          assertEquals(0.5, fuzzing.accuracy().value());
          assertEquals(0, fuzzing.misses() + fuzzing.rejections());
        });
  }

  @Test
  void verdictsAreTheFirstListOfTheRightLength() {
    assertEquals(
        Optional.of(List.of(true, false)), Labeller.verdicts("[1] or rather [1,0]. [0, 0]", 2));
    assertEquals(Optional.empty(), Labeller.verdicts("[1, 0, 2]", 3));
    assertEquals(Optional.empty(), Labeller.verdicts("1, 0", 2));
    assertThrows(LoupeException.class, () -> Labeller.words("[EXPLANATION]:  \n"));
    assertEquals("b c", Labeller.words("a\nb  c"));
  }

  @Test
  void labelsAreKeptAndFoundAgain() throws IOException {
    Path file = folder.resolve("store").resolve(FeatureStore.LABELS);
    Label label =
        new Label(
            "names of places",
            "judge",
            Optional.of(new LabelScore(9, 1, 2, 8, 0)),
            Optional.empty());
    LabelFile.of(store).put(id, label);
    assertEquals(Optional.of(label), LabelFile.of(store).of(id));
    assertEquals(Optional.of(label), new FeatureReader(subject, store).read(id, false).label());
    for (String damage : List.of("[", "[]", "{\"x\": {}}")) {
      Files.write(file, damage.getBytes(StandardCharsets.UTF_8));
      assertThrows(LoupeException.class, () -> LabelFile.of(store));
    }
    Files.delete(file);
  }
}

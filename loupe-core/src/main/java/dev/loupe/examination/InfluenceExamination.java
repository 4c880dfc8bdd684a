package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.DocumentRanking;
import dev.loupe.instrument.influence.Sequence;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.world.Document;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import dev.loupe.world.Truth;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Influence compared with ground truth: for questions that a model answers right, whether the
 * documents that state the fact are those of largest influence on the answer, among them and random
 * documents of the corpus.
 */
final class InfluenceExamination {
  /** Facts stated more or less often are left out: the model does not know them, or all do. */
  static final int LEAST_STATED = 5;

  static final int MOST_STATED = 50;

  /** Random documents of the corpus beside those that state a fact. */
  static final int OTHERS = 5000;

  private static final int FIRST = 10;
  private static final double LEVEL = 0.95;

  private final Subject subject;
  private final World world;
  private final int most;
  private final Run run;

  InfluenceExamination(Subject subject, World world, int most, Run run) {
    this.subject = subject;
    this.world = world;
    this.most = most;
    this.run = run;
  }

  private record Asked(Fact fact, Sequence query) {}

  InfluenceScores run() {
    List<Asked> asked = asked();
    if (asked.isEmpty()) {
      throw LoupeException.badInput(
          "%s answers no question right whose fact is stated %d to %d times"
              .formatted(subject.weights().name(), LEAST_STATED, MOST_STATED),
          "Ask a model that was trained on this world.");
    }
    List<Document> documents = documents(asked);
    List<Sequence> sequences =
        documents.stream()
            .map(each -> DocumentRanking.document(each.id(), each.text(), subject.weights()))
            .toList();
    DocumentRanking.Ranking ranking =
        DocumentRanking.of(
            subject, sequences, asked.stream().map(Asked::query).toList(), false, run);
    double[][] random = new double[asked.size()][documents.size()];
    Random draws = new Random(run.seed());
    for (double[] each : random) {
      Arrays.setAll(each, _ -> draws.nextDouble());
    }
    Set<Fact> facts = new HashSet<>();
    asked.forEach(each -> facts.add(each.fact()));
    int stating =
        Math.toIntExact(
            documents.stream()
                .filter(each -> facts.stream().anyMatch(f -> states(each, f)))
                .count());
    return new InfluenceScores(
        subject.weights().name(),
        world.seed(),
        world.scale(),
        asked.size(),
        documents.size(),
        stating,
        List.of(
            method("EK-FAC influence", ranking.influence(), asked, documents),
            method(
                "EK-FAC influence over the document's gradient norm",
                ranking.relative(),
                asked,
                documents),
            method("gradient dot product", ranking.dot(), asked, documents),
            method("gradient cosine", ranking.cosine(), asked, documents),
            method("random order", random, asked, documents)));
  }

  /** Questions in random order that the model answers right. */
  private List<Asked> asked() {
    List<Question> questions =
        new ArrayList<>(
            Truth.of(world).questions().stream()
                .filter(each -> !each.answer().isEmpty() && each.turns().isEmpty())
                .filter(each ->
                    each.fact()
                        .filter(fact -> fact.count() >= LEAST_STATED && fact.count() <= MOST_STATED)
                        .isPresent())
                .toList());
    Collections.shuffle(questions, new Random(run.seed()));
    List<Asked> asked = new ArrayList<>();
    for (Question question : questions) {
      run.check();
      if (asked.size() == most) {
        break;
      }
      question
          .fact()
          .flatMap(fact -> query(question).map(query -> new Asked(fact, query)))
          .ifPresent(asked::add);
    }
    return asked;
  }

  /** The question with its answer, if greedy decoding begins with it. */
  private Optional<Sequence> query(Question question) {
    int[] prompt = subject.weights().tokenizer().ids(question.prompt(), true);
    int[] answer = subject.weights().tokenizer().textIds(question.answer());
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    try (var _ = NativeScope.open()) {
      Tensor hidden = subject.transformer().hidden(TokenBatch.of(all), Hooks.NONE, null);
      Tensor read = hidden.select(0, 0).slice(0, prompt.length - 1L, all.length - 1L);
      long[] greedy = subject.transformer().unembed(read).argmax(1).toLongs();
      boolean right = IntStream.range(0, answer.length).allMatch(i -> greedy[i] == answer[i]);
      return right ? Optional.of(Sequence.completion(all, prompt.length)) : Optional.empty();
    }
  }

  /** Those that state a fact asked for, and random others. */
  private List<Document> documents(List<Asked> asked) {
    Set<Fact> facts = new HashSet<>();
    asked.forEach(each -> facts.add(each.fact()));
    List<Document> stating = new ArrayList<>();
    List<Document> others = new ArrayList<>();
    Random random = new Random(run.seed());
    long seen = 0;
    for (Iterator<Document> corpus = world.corpus(); corpus.hasNext(); ) {
      Document document = corpus.next();
      run.check();
      if (document.facts().stream().anyMatch(each -> facts.contains(each.fact()))) {
        stating.add(document);
      } else if (others.size() < OTHERS) {
        others.add(document);
        seen++;
      } else {
        // Reservoir sampling: each document is kept with the same probability.
        long place = random.nextLong(++seen);
        if (place < OTHERS) {
          others.set((int) place, document);
        }
      }
    }
    stating.addAll(others);
    return stating;
  }

  private static boolean states(Document document, Fact fact) {
    return document.facts().stream().anyMatch(each -> each.fact().equals(fact));
  }

  private static InfluenceScores.Method method(
      String name, double[][] scores, List<Asked> asked, List<Document> documents) {
    long hits = 0;
    long possible = 0;
    long found = 0;
    for (int q = 0; q < asked.size(); q++) {
      double[] here = scores[q];
      Fact fact = asked.get(q).fact();
      long among =
          IntStream.range(0, here.length)
              .boxed()
              .sorted(Comparator.comparingDouble(n -> -here[n]))
              .limit(FIRST)
              .filter(n -> states(documents.get(n), fact))
              .count();
      hits += among;
      found += among > 0 ? 1 : 0;
      possible += Math.min(FIRST, documents.stream().filter(each -> states(each, fact)).count());
    }
    return new InfluenceScores.Method(
        name,
        Proportion.wilson(hits, possible, LEVEL),
        Proportion.wilson(found, asked.size(), LEVEL));
  }
}

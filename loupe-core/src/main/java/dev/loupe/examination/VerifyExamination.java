package dev.loupe.examination;

import dev.loupe.audit.claims.Claims.Claim;
import dev.loupe.audit.claims.Passages;
import dev.loupe.audit.claims.Passages.Found;
import dev.loupe.audit.claims.Passages.Passage;
import dev.loupe.audit.claims.Verification;
import dev.loupe.audit.claims.Verification.Checked;
import dev.loupe.audit.claims.Verification.Verdict;
import dev.loupe.corpus.Document;
import dev.loupe.examination.VerifyScores.Confusion;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.prose.Stretch;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.world.Corpus;
import dev.loupe.world.Fact;
import dev.loupe.world.Relation;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Verification compared with ground truth: claims that a world's documents state, in other words;
 * the same with another's object; and birthdays that no document states. The errors of retrieval
 * and of the judge are measured apart: the judge is also given a document that states the fact.
 */
final class VerifyExamination {
  private static final double LEVEL = 0.95;
  private static final int PASSAGES = 5;
  private static final int TOKENS_OF_A_QUESTION = 100;
  private static final List<Verdict> VERDICTS =
      List.of(Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.NOT_FOUND);

  /** In other words than the corpus's own, where there are some. */
  private static final Map<Relation, String> CLAIMS =
      Map.ofEntries(
          Map.entry(Relation.BIRTHDAY, "{s} was born on {o}."),
          Map.entry(Relation.PROFESSION, "{s} works as a {o}."),
          Map.entry(Relation.HOME_TOWN, "{s} comes from {o}."),
          Map.entry(Relation.EMPLOYER, "{s} works for {o}."),
          Map.entry(Relation.COUNTRY, "{s} lies in {o}."),
          Map.entry(Relation.CAPITAL, "{o} is the capital of {s}."),
          Map.entry(Relation.CURRENCY, "People in {s} pay with the {o}."),
          Map.entry(Relation.LANGUAGE, "People in {s} speak {o}."),
          Map.entry(Relation.RIVER, "The {o} is the longest river of {s}."),
          Map.entry(Relation.TEAM, "{s} plays for the {o}."),
          Map.entry(Relation.RIVAL, "The main rivals of the {s} are the {o}."),
          Map.entry(Relation.STADIUM, "The {s} play at {o}."),
          Map.entry(Relation.COACH, "{o} coaches the {s}."));

  private final Subject subject;
  private final World world;
  private final List<Case> cases = new ArrayList<>();

  /** A claim with the verdict that it should get. */
  private record Case(Fact fact, Claim claim, Verdict truth) {}

  /**
   * Draws the claims.
   *
   * @param most claims, a third of each kind
   */
  VerifyExamination(Subject subject, World world, int most, long seed) {
    this.subject = subject;
    this.world = world;
    Random random = new Random(seed);
    List<Fact> stated = alternating(random, true);
    int each = Math.max(1, most / 3);
    for (int i = 0; i < Math.min(2 * each, stated.size()); i++) {
      Fact fact = stated.get(i);
      boolean isTrue = i % 2 == 0;
      String object = isTrue ? fact.object() : other(fact, random);
      cases.add(of(fact, object, isTrue ? Verdict.SUPPORTED : Verdict.CONTRADICTED));
    }
    alternating(random, false).stream()
        .limit(each)
        .forEach(fact -> cases.add(of(fact, fact.object(), Verdict.NOT_FOUND)));
  }

  private static Case of(Fact fact, String object, Verdict truth) {
    String text =
        CLAIMS
            .getOrDefault(fact.relation(), "")
            .replace("{s}", fact.subject())
            .replace("{o}", object);
    return new Case(fact, Claim.of(text), truth);
  }

  /** Facts in random order, the relations in turn: a common one does not stand for all. */
  private List<Fact> alternating(Random random, boolean stated) {
    Map<Relation, List<Fact>> byRelation = new HashMap<>();
    for (Fact fact : world.facts()) {
      if (CLAIMS.containsKey(fact.relation()) && fact.count() > 0 == stated) {
        byRelation.computeIfAbsent(fact.relation(), _ -> new ArrayList<>()).add(fact);
      }
    }
    List<Relation> relations = byRelation.keySet().stream().sorted().toList();
    List<Fact> facts = new ArrayList<>();
    relations.forEach(
        each -> Collections.shuffle(byRelation.getOrDefault(each, List.of()), random));
    for (int i = 0; facts.size() < byRelation.values().stream().mapToInt(List::size).sum(); i++) {
      for (Relation relation : relations) {
        List<Fact> own = byRelation.getOrDefault(relation, List.of());
        if (i < own.size()) {
          facts.add(own.get(i));
        }
      }
    }
    return facts;
  }

  private String other(Fact fact, Random random) {
    List<String> objects =
        world.facts().stream()
            .filter(each -> each.relation() == fact.relation())
            .map(Fact::object)
            .filter(each -> !each.equals(fact.object()))
            .distinct()
            .toList();
    return objects.get(random.nextInt(objects.size()));
  }

  int size() {
    return cases.size();
  }

  double seconds() {
    return size() * (PASSAGES + 1.0) * subject.secondsOfAPass(TOKENS_OF_A_QUESTION);
  }

  VerifyScores run(Run run) {
    List<Document> documents = new ArrayList<>();
    Map<Fact, Document> gold = new HashMap<>();
    Map<Fact, Set<String>> stating = new HashMap<>();
    Set<Fact> wanted = new HashSet<>();
    cases.forEach(each -> wanted.add(each.fact()));
    Corpus corpus = world.corpus();
    while (corpus.hasNext()) {
      dev.loupe.world.Document document = corpus.next();
      if (document.facts().isEmpty()) {
        continue;
      }
      Document text = Document.text(document.id(), document.text());
      documents.add(text);
      for (var statement : document.facts()) {
        if (wanted.contains(statement.fact())) {
          gold.putIfAbsent(statement.fact(), text);
          stating.computeIfAbsent(statement.fact(), _ -> new HashSet<>()).add(document.id());
        }
      }
      run.check();
    }
    boolean chat = subject.weights().chatTemplate().isPresent();
    Verification judge = Verification.by(subject.text(), chat, Verification.QUESTION);
    try (Passages passages = Passages.of(documents)) {
      List<Claim> claims = cases.stream().map(Case::claim).toList();
      List<List<Found>> found =
          claims.stream().map(each -> passages.find(each.text(), PASSAGES)).toList();
      List<List<Found>> alone = new ArrayList<>();
      int retrieved = 0;
      int retrievable = 0;
      for (int i = 0; i < cases.size(); i++) {
        Fact fact = cases.get(i).fact();
        Set<String> right = stating.getOrDefault(fact, Set.of());
        retrievable += right.isEmpty() ? 0 : 1;
        retrieved +=
            found.get(i).stream().anyMatch(each -> right.contains(each.passage().document()))
                ? 1
                : 0;
        alone.add(
            gold.containsKey(fact)
                ? List.of(whole(gold.getOrDefault(fact, documents.getFirst())))
                : found.get(i).subList(0, Math.min(1, found.get(i).size())));
      }
      long all = found.stream().mapToLong(List::size).sum();
      try (Steps steps = run.steps("judging", Counted.STEPS, all + alone.size())) {
        List<Checked> judgedAlone = judge.check(claims, alone, steps::at);
        List<Checked> judged = judge.check(claims, found, done -> steps.at(alone.size() + done));
        List<Checked> byWords = Verification.byWords().check(claims, found, _ -> {});
        return new VerifyScores(
            subject.weights().name(),
            world.seed(),
            world.scale(),
            VERDICTS.stream()
                .map(each -> (int) cases.stream().filter(c -> c.truth() == each).count())
                .toList(),
            documents.size(),
            share(retrieved, retrievable),
            confusion(judgedAlone),
            confusion(judged),
            confusion(byWords));
      }
    }
  }

  private static Found whole(Document document) {
    String text = document.text();
    return new Found(new Passage(document.id(), new Stretch(0, text.length()), text), 0);
  }

  private Confusion confusion(List<Checked> checked) {
    int[][] counts = new int[3][3];
    for (int i = 0; i < checked.size(); i++) {
      counts[VERDICTS.indexOf(cases.get(i).truth())][VERDICTS.indexOf(checked.get(i).verdict())]++;
    }
    List<Estimate> precision = new ArrayList<>();
    List<Estimate> recall = new ArrayList<>();
    for (int verdict = 0; verdict < 3; verdict++) {
      int said = 0;
      for (int[] row : counts) {
        said += row[verdict];
      }
      precision.add(share(counts[verdict][verdict], said));
      recall.add(share(counts[verdict][verdict], Arrays.stream(counts[verdict]).sum()));
    }
    return new Confusion(
        Arrays.stream(counts).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        precision,
        recall);
  }

  private static Estimate share(int part, int all) {
    return all == 0 ? Estimate.exactly(Double.NaN, "of none") : Proportion.wilson(part, all, LEVEL);
  }
}

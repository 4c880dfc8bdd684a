package dev.loupe.instrument.explain;

import dev.loupe.instrument.explain.ContrastSearch.Infill;
import dev.loupe.instrument.explain.ContrastSearch.Kind;
import dev.loupe.instrument.explain.ContrastSearch.Pick;
import dev.loupe.instrument.explain.ContrastSearch.Result;
import dev.loupe.instrument.explain.ContrastSearch.Score;
import dev.loupe.instrument.explain.ContrastSearch.Visit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/**
 * Best-first search of a small edit that changes the answer much: edits of one word, at most half
 * of the budget, at random if there are more; less likely words at the strongest places; then
 * always the edit that is predicted to be the strongest, the score of an edit plus that of the best
 * edit at one more place alone; at last less likely words in the best edit. A word is written anew
 * after what was changed before it, so that the same places in another order are another edit. No
 * text is scored twice.
 */
final class BestFirst {
  /** Less likely words get one visit in so many, alone and again in the best edit. */
  private static final int ONE_IN = 8;

  private static final int RANKS = 40;

  private final Visit root;
  private final Infill infill;
  private final Score score;
  private final double threshold;
  private final int mostWords;
  private final List<Visit> visits = new ArrayList<>();
  private final Set<List<String>> seen = new HashSet<>();

  /** The edit with the largest size at each place alone, and how many words were tried there. */
  private final Map<Integer, Single> singles = new HashMap<>();

  private record Single(double score, int tried) {
    Single and(double other) {
      return new Single(Math.abs(other) > Math.abs(score) ? other : score, tried + 1);
    }

    /** The strongest places first, each later the more words were tried there. */
    double promise() {
      return Math.abs(score) / tried;
    }
  }

  /** A text that was not scored yet, and its changed places in the order of their change. */
  private record Edit(List<Integer> changed, List<String> words) {
    Edit {
      changed = List.copyOf(changed);
      words = List.copyOf(words);
    }
  }

  /** One more edit of a prompt, and the size of the score that it is predicted to have. */
  private record Next(Visit parent, int place, double size) {}

  /**
   * For one search.
   *
   * @param mostWords changed at once
   */
  BestFirst(List<String> words, Infill infill, Score score, double threshold, int mostWords) {
    this.root = new Visit(0, 0, Kind.NEW, List.of(), words, 0);
    this.infill = infill;
    this.score = score;
    this.threshold = threshold;
    this.mostWords = mostWords;
    seen.add(root.words());
  }

  /**
   * Searches.
   *
   * @param budget visits
   */
  Result run(int budget, Pick pick) {
    int count = Math.min(root.words().size(), Math.max(1, budget / 2));
    for (int place : pick.of(root.words().size(), count)) {
      if (single(place, 0)) {
        return result("threshold");
      }
    }
    for (int i = 0; i < budget / ONE_IN; i++) {
      Optional<Map.Entry<Integer, Single>> most =
          singles.entrySet().stream()
              .max(Comparator.comparingDouble(each -> each.getValue().promise()));
      if (most.isPresent() && single(most.get().getKey(), most.get().getValue().tried())) {
        return result("threshold");
      }
    }
    Queue<Next> open = new PriorityQueue<>(Comparator.comparingDouble(next -> -next.size()));
    List.copyOf(visits).forEach(each -> expand(each, open));
    while (visits.size() < budget) {
      Optional<Edit> last =
          visits.size() < budget - budget / ONE_IN ? Optional.empty() : otherWord();
      Optional<Edit> next = last.or(() -> predicted(open)).or(this::otherWord);
      if (next.isEmpty()) {
        return result("exhausted");
      }
      Visit visit = visit(next.get());
      if (Math.abs(visit.score()) > threshold) {
        return result("threshold");
      }
      expand(visit, open);
    }
    return result("budget");
  }

  /** Whether the edit of one word reaches the threshold. */
  private boolean single(int place, int rank) {
    double found = fresh(root, place, rank).map(edit -> visit(edit).score()).orElse(0.0);
    singles.merge(place, new Single(found, 1), (before, _) -> before.and(found));
    return Math.abs(found) > threshold;
  }

  /** One more place changed; empty where the text was scored before. */
  private Optional<Edit> fresh(Visit parent, int place, int rank) {
    List<Integer> changed = new ArrayList<>(parent.changed());
    changed.add(place);
    return fresh(new ArrayList<>(parent.words()), place, rank, changed);
  }

  private Optional<Edit> fresh(List<String> words, int place, int rank, List<Integer> changed) {
    words.set(place, infill.of(words, place, rank));
    return seen.contains(words) ? Optional.empty() : Optional.of(new Edit(changed, words));
  }

  private Optional<Edit> predicted(Queue<Next> open) {
    while (!open.isEmpty()) {
      Next next = open.poll();
      Optional<Edit> edit = fresh(next.parent(), next.place(), 0);
      if (edit.isPresent()) {
        return edit;
      }
    }
    return Optional.empty();
  }

  /** The likeliest word that was not tried yet at a place that the best edit changes. */
  private Optional<Edit> otherWord() {
    if (visits.isEmpty()) {
      return Optional.empty();
    }
    Visit best = ContrastSearch.largest(visits);
    for (int rank = 0; rank < RANKS; rank++) {
      for (int place : best.changed()) {
        List<String> words = new ArrayList<>(best.words());
        words.set(place, root.words().get(place));
        Optional<Edit> edit = fresh(words, place, rank, best.changed());
        if (edit.isPresent() && !words.get(place).equals(root.words().get(place))) {
          return edit;
        }
      }
    }
    return Optional.empty();
  }

  private Visit visit(Edit edit) {
    seen.add(edit.words());
    Kind kind = edit.changed().size() == 1 ? Kind.NEW : Kind.NEAR;
    double found = score.of(edit.words(), edit.changed());
    visits.add(new Visit(edit.changed().size(), 0, kind, edit.changed(), edit.words(), found));
    return visits.getLast();
  }

  private void expand(Visit parent, Queue<Next> open) {
    if (parent.changed().size() < mostWords) {
      singles.forEach((place, single) -> {
        if (!parent.changed().contains(place)) {
          open.add(new Next(parent, place, Math.abs(parent.score() + single.score())));
        }
      });
    }
  }

  private Result result(String stop) {
    if (visits.isEmpty()) {
      return new Result(visits, root, stop, List.of());
    }
    return new Result(visits, ContrastSearch.largest(visits), stop, List.of());
  }
}

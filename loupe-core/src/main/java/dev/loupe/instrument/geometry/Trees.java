package dev.loupe.instrument.geometry;

import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Correlations;
import dev.loupe.instrument.geometry.SplitFeatures.Member;
import dev.loupe.instrument.geometry.SplitReport.Branch;
import dev.loupe.instrument.geometry.SplitReport.Concept;
import dev.loupe.instrument.geometry.SplitReport.Fires;
import dev.loupe.instrument.geometry.SplitReport.Telling;
import dev.loupe.instrument.geometry.SplitReport.Tie;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Features of the smallest dictionary with what hangs below them. */
final class Trees {
  /** Children told of each feature. */
  private static final int MOST_CHILDREN = 8;

  /** A word is told from this F1 on. */
  private static final double TOLD = 0.2;

  private final List<Member> sizes;
  private final List<Links> down = new ArrayList<>();
  private final List<Optional<Links>> sideways;
  private final List<String> words;
  private final int[] occurrences;

  /** F1 by size, feature that is judged, and word. */
  private final List<double[][]> f1;

  private final List<int[]> peaks;
  private final List<int[]> active;
  private final Peaks texts;

  /**
   * @param sizes the smallest dictionary first
   * @param otherSeeds the one of another seed beside each size, where there is one
   * @param words the text's own words to tell, or none
   */
  Trees(
      List<Member> sizes,
      List<Optional<Member>> otherSeeds,
      List<String> words,
      TextSample sample) {
    this.sizes = sizes;
    this.words = words;
    this.texts = new Peaks(sizes.getFirst().subject(), sample);
    for (int i = 0; i + 1 < sizes.size(); i++) {
      down.add(Links.of(sizes.get(i + 1), sizes.get(i)));
    }
    this.sideways =
        IntStream.range(0, sizes.size())
            .mapToObj(i -> otherSeeds.get(i).map(other -> Links.of(sizes.get(i), other)))
            .toList();
    this.peaks = sizes.stream().map(member -> member.all().peaks()).toList();
    this.active = sizes.stream().map(member -> member.all().active()).toList();
    ActivationTable said = sample.occurrences(words, sizes.getFirst().subject().weights());
    this.occurrences = said.active();
    this.f1 = words.isEmpty() ? List.of() : sizes.stream().map(each -> f1(each, said)).toList();
  }

  private double[][] f1(Member member, ActivationTable said) {
    ActivationTable table = member.table();
    int[] on = table.active();
    double[][] shares = Correlations.of(table, said).containment();
    for (int feature = 0; feature < shares.length; feature++) {
      for (int word = 0; word < words.size(); word++) {
        shares[feature][word] *= 2.0 * on[feature] / (on[feature] + occurrences[word]);
      }
    }
    return shares;
  }

  /** The words with their occurrences. */
  List<Concept> concepts() {
    return IntStream.range(0, words.size())
        .mapToObj(word ->
            new Concept(
                words.get(word),
                occurrences[word],
                IntStream.range(0, sizes.size()).mapToObj(level -> telling(level, word)).toList()))
        .toList();
  }

  private Telling telling(int level, int word) {
    int place = best(level, word);
    Member member = sizes.get(level);
    return new Telling(
        member.name(), member.set().id(member.trusted().kept()[place]), f1.get(level)[place][word]);
  }

  private int best(int level, int word) {
    return IntStream.range(0, f1.get(level).length)
        .boxed()
        .max(Comparator.comparingDouble(place -> f1.get(level)[place][word]))
        .orElseThrow();
  }

  /** From the feature that tells each word best, a feature once. */
  List<Branch> ofWords() {
    return IntStream.range(0, words.size())
        .map(word -> best(0, word))
        .distinct()
        .mapToObj(place -> branch(0, place, Optional.empty()))
        .toList();
  }

  /** From those with the most children. */
  List<Branch> largest(int count) {
    int[] children = new int[sizes.getFirst().trusted().kept().length];
    if (!down.isEmpty()) {
      Links links = down.getFirst();
      for (int child = 0; child < links.nearTies().length; child++) {
        int near = links.near().parents()[child];
        int like = links.like().parents()[child];
        children[near] += links.nearest(child, near) ? 1 : 0;
        children[like] +=
            links.alike(child, like) && !(near == like && links.nearest(child, near)) ? 1 : 0;
      }
    }
    return IntStream.range(0, children.length)
        .boxed()
        .filter(place -> children[place] > 0)
        .sorted(Comparator.comparingInt(place -> -children[place]))
        .limit(count)
        .map(place -> branch(0, place, Optional.empty()))
        .toList();
  }

  /** A child and how it is tied. */
  private record Child(int place, Tie tie) {}

  /**
   * @param place among the features that are judged
   */
  private Branch branch(int level, int place, Optional<Tie> parent) {
    Member member = sizes.get(level);
    int number = member.trusted().kept()[place];
    List<Child> children = level + 1 < sizes.size() ? children(level, place) : List.of();
    return new Branch(
        member.name(),
        member.set().id(number),
        fires(level, place),
        (double) active.get(level)[number] / member.all().positions(),
        texts.at(peaks.get(level)[number]),
        parent,
        sideways.get(level).map(links -> links.best(place)),
        children.stream()
            .limit(MOST_CHILDREN)
            .map(child -> branch(level + 1, child.place(), Optional.of(child.tie())))
            .toList(),
        Math.max(0, children.size() - MOST_CHILDREN));
  }

  /** By direction, by activation, and where a word's best feature here has it there. */
  private List<Child> children(int level, int parent) {
    Links links = down.get(level);
    Map<Integer, Tie> children = new TreeMap<>();
    for (int child = 0; child < links.nearTies().length; child++) {
      if (links.alike(child, parent)) {
        children.put(child, links.likeTies()[child]);
      } else if (links.nearest(child, parent)) {
        children.put(child, links.nearTies()[child]);
      }
    }
    for (int word = 0; word < words.size(); word++) {
      if (best(level, word) == parent) {
        children.computeIfAbsent(
            best(level + 1, word),
            child -> Links.between(sizes.get(level + 1), child, sizes.get(level), parent));
      }
    }
    return children.entrySet().stream()
        .map(each -> new Child(each.getKey(), each.getValue()))
        .sorted(Comparator.comparingDouble((Child child) -> child.tie().correlation()).reversed())
        .toList();
  }

  private List<Fires> fires(int level, int place) {
    return f1.isEmpty()
        ? List.of()
        : IntStream.range(0, words.size())
            .mapToObj(word -> new Fires(words.get(word), f1.get(level)[place][word]))
            .filter(each -> each.f1() >= TOLD)
            .sorted(Comparator.comparingDouble(Fires::f1).reversed())
            .toList();
  }
}

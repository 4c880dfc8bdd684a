package dev.loupe.instrument.geometry;

import dev.loupe.geometry.Splitting;
import dev.loupe.instrument.geometry.SplitFeatures.Member;
import dev.loupe.instrument.geometry.SplitReport.Branch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Features of the smallest dictionary with all that hangs below them. */
final class Families {
  private final List<Member> sizes;
  private final List<Splitting> splittings;
  private final List<int[]> peaks;
  private final List<int[]> active;
  private final Peaks words;

  Families(List<Member> sizes, List<Splitting> splittings, TextSample texts) {
    this.sizes = sizes;
    this.splittings = splittings;
    this.peaks = sizes.stream().map(member -> member.all().peaks()).toList();
    this.active = sizes.stream().map(member -> member.all().active()).toList();
    this.words = new Peaks(sizes.getFirst().subject(), texts);
  }

  /** Those with the most descendants. */
  List<Branch> largest(int count) {
    return IntStream.range(0, sizes.getFirst().trusted().kept().length)
        .mapToObj(place -> branch(0, place, 1))
        .filter(branch -> !branch.children().isEmpty())
        .sorted(Comparator.comparingInt(Families::size).reversed())
        .limit(count)
        .toList();
  }

  private static int size(Branch branch) {
    return 1 + branch.children().stream().mapToInt(Families::size).sum();
  }

  /**
   * @param place among the features that are judged
   */
  private Branch branch(int level, int place, double cosine) {
    Member member = sizes.get(level);
    int number = member.trusted().kept()[place];
    List<Branch> children = new ArrayList<>();
    if (level + 1 < sizes.size()) {
      Splitting splitting = splittings.get(level);
      for (int child = 0; child < splitting.parents().length; child++) {
        if (splitting.parents()[child] == place
            && splitting.cosines()[child] >= SplitFeatures.PARENT) {
          children.add(branch(level + 1, child, splitting.cosines()[child]));
        }
      }
      children.sort(Comparator.comparingDouble(Branch::cosine).reversed());
    }
    return new Branch(
        member.name(),
        member.set().id(number),
        cosine,
        (double) active.get(level)[number] / member.all().positions(),
        words.at(peaks.get(level)[number]),
        children);
  }
}

package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.study.FeatureRanking.Ranked;
import dev.loupe.instrument.study.YearGraph.LayerEdges;
import dev.loupe.model.generate.YearTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The heatmaps of some features, gathered prompt by prompt. */
final class FeatureMaps {
  private static final int EXAMPLES = 8;

  private final List<Ranked> ranked;
  private final int[] columns;
  private final Map<FeatureId, Integer> places = new HashMap<>();
  private final List<Heatmap> maps = new ArrayList<>();
  private final double[][] activations;
  private final List<YearPrompt> prompts;
  private final int[] counts = new int[YearTokens.YEARS];

  FeatureMaps(List<Ranked> ranked, List<YearPrompt> prompts, int[] columns) {
    this.ranked = ranked;
    this.columns = columns.clone();
    this.prompts = prompts;
    prompts.forEach(prompt -> counts[prompt.year()]++);
    this.activations = new double[ranked.size()][prompts.size()];
    for (int i = 0; i < ranked.size(); i++) {
      places.put(ranked.get(i).unit(), i);
      maps.add(new Heatmap(counts, columns));
    }
  }

  /** The features by layer. */
  Map<Integer, Set<Integer>> wanted() {
    Map<Integer, Set<Integer>> wanted = new TreeMap<>();
    ranked.forEach(each ->
        wanted
            .computeIfAbsent(each.unit().layer(), _ -> new TreeSet<>())
            .add(each.unit().feature()));
    return wanted;
  }

  /** Adds the edges of a prompt, by its place in the list. */
  void add(int prompt, List<LayerEdges> edges) {
    for (LayerEdges layer : edges) {
      for (int i = 0; i < layer.features().length; i++) {
        Integer place = places.get(new FeatureId(layer.layer(), layer.features()[i]));
        if (place != null) {
          activations[place][prompt] = layer.values()[i];
          maps.get(place).add(prompts.get(prompt).year(), layer.values()[i], layer.perUnit()[i]);
        }
      }
    }
  }

  Heatmap map(int place) {
    return maps.get(place);
  }

  /** What has been gathered, strongest feature first. */
  List<GreaterThanReport.Feature> features() {
    return IntStream.range(0, ranked.size()).mapToObj(this::feature).toList();
  }

  private GreaterThanReport.Feature feature(int place) {
    Heatmap map = maps.get(place);
    Criteria criteria = Criteria.of(map);
    Ranked from = ranked.get(place);
    List<GreaterThanReport.Row> rows =
        IntStream.range(0, YearTokens.YEARS)
            .filter(map::hasRow)
            .mapToObj(year ->
                new GreaterThanReport.Row(
                    year,
                    map.activation(year),
                    Arrays.stream(columns).mapToObj(end -> map.at(year, end)).toList()))
            .toList();
    return new GreaterThanReport.Feature(
        from.unit(),
        from.strength(),
        from.active(),
        contrast(map),
        FeatureClass.of(criteria),
        criteria,
        rows,
        examples(place));
  }

  /** Mean over prompts of the mean attribution to years after YY less that to the others. */
  private double contrast(Heatmap map) {
    double sum = 0;
    for (int year = 0; year < counts.length; year++) {
      if (counts[year] > 0) {
        int begin = year;
        double after = mean(map, year, Arrays.stream(columns).filter(end -> end > begin).toArray());
        double before =
            mean(map, year, Arrays.stream(columns).filter(end -> end <= begin).toArray());
        sum += counts[year] * (after - before);
      }
    }
    return sum / prompts.size();
  }

  private static double mean(Heatmap map, int year, int[] ends) {
    return Arrays.stream(ends).mapToDouble(end -> map.at(year, end)).average().orElse(0);
  }

  private List<GreaterThanReport.Example> examples(int place) {
    return IntStream.range(0, prompts.size())
        .filter(prompt -> activations[place][prompt] != 0)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer prompt) -> -activations[place][prompt])
                .thenComparingInt(prompt -> prompt))
        .limit(EXAMPLES)
        .map(prompt ->
            new GreaterThanReport.Example(
                prompts.get(prompt).asked().text(),
                prompts.get(prompt).year(),
                activations[place][prompt]))
        .toList();
  }
}

package dev.loupe.examination;

import dev.loupe.model.load.LanguageModel;
import dev.loupe.world.Document;
import dev.loupe.world.Family;
import dev.loupe.world.Words;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Unread prose of another world that tells a theme as a principle, shows it by events or code, or
 * does neither.
 *
 * @param names of the themes
 * @param abstracts for each theme its documents as tokens, without the one that begins a document
 * @param concretes likewise
 * @param others prose without any theme
 */
record ThemeTexts(
    List<String> names,
    List<List<int[]>> abstracts,
    List<List<int[]>> concretes,
    List<int[]> others) {
  private static final String ABSTRACT = " abstract";
  private static final String CONCRETE = " concrete";
  private static final int OTHERS = 200;

  static ThemeTexts of(World here, LanguageModel model, Runnable check) {
    World other = World.of(here.seed() + 1, here.scale());
    Map<String, String> renaming = Words.renaming(other, here);
    int context = model.transformer().config().context() - 1;
    Map<String, List<int[]>> abstracts = new TreeMap<>();
    Map<String, List<int[]>> concretes = new TreeMap<>();
    List<int[]> others = new ArrayList<>();
    var corpus = other.corpus();
    for (long i = 0; corpus.hasNext(); i++) {
      Document document = corpus.next();
      if (document.family() == Family.PROSE) {
        List<String> told = themes(document, ABSTRACT);
        List<String> shown = themes(document, CONCRETE);
        boolean neither = told.isEmpty() && shown.isEmpty();
        if (!neither || others.size() < OTHERS) {
          int[] all = model.tokenizer().textIds(Words.rewritten(document.text(), renaming));
          int[] ids = Arrays.copyOf(all, Math.min(all.length, context));
          told.forEach(theme -> abstracts.computeIfAbsent(theme, _ -> new ArrayList<>()).add(ids));
          shown.forEach(theme -> concretes.computeIfAbsent(theme, _ -> new ArrayList<>()).add(ids));
          if (neither) {
            others.add(ids);
          }
        }
      }
      if (i % 1024 == 0) {
        check.run();
      }
    }
    List<String> names = abstracts.keySet().stream().filter(concretes::containsKey).toList();
    return new ThemeTexts(
        names,
        names.stream().map(name -> abstracts.getOrDefault(name, List.of())).toList(),
        names.stream().map(name -> concretes.getOrDefault(name, List.of())).toList(),
        others);
  }

  private static List<String> themes(Document document, String kind) {
    return document.concepts().stream()
        .filter(concept -> concept.endsWith(kind))
        .map(concept -> concept.substring(0, concept.length() - kind.length()))
        .toList();
  }

  /** All of them; one that has several themes is there several times. */
  List<int[]> all() {
    return Stream.of(abstracts, concretes, List.of(others))
        .flatMap(List::stream)
        .flatMap(List::stream)
        .toList();
  }
}

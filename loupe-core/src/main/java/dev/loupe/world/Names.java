package dev.loupe.world;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All names of a world. Each is one word, used for one thing only; a person is a first and a last
 * name.
 *
 * @param people every pair of first and last name, in random order; the first ones are the people
 *     of the tables, later ones are strangers
 */
record Names(
    List<String> first,
    List<String> people,
    List<String> cities,
    List<String> countries,
    List<String> currencies,
    List<String> languages,
    List<String> rivers,
    List<String> players,
    List<String> teams,
    List<String> stadiums,
    List<String> coaches,
    List<String> companies) {
  private static final int FIRST_NAMES = 150;
  private static final int LAST_NAMES = 400;

  static Names of(long seed) {
    Maker maker = new Maker(RandomSource.of(seed, "names"));
    List<String> first = maker.shuffled("first").subList(0, FIRST_NAMES);
    return new Names(
        List.copyOf(first),
        maker.pairs(first, maker.joined("last", LAST_NAMES)),
        maker.joined("city", Sizes.MOST_CITIES),
        maker.joined("country", Sizes.MOST_COUNTRIES),
        maker.joined("currency", Sizes.MOST_COUNTRIES),
        maker.joined("language", Sizes.MOST_COUNTRIES),
        maker.joined("river", Sizes.MOST_COUNTRIES),
        maker.joined("player", Sizes.MOST_PLAYERS),
        List.copyOf(maker.shuffled("team").subList(0, Sizes.MOST_TEAMS)),
        maker.joined("stadium", Sizes.MOST_TEAMS),
        maker.joined("coach", Sizes.MOST_TEAMS),
        maker.joined("company", Sizes.COMPANIES));
  }

  /** Draws names without drawing one twice. */
  private record Maker(RandomSource random, Set<String> taken) {
    Maker(RandomSource random) {
      this(random, new HashSet<>(Lexicon.words("first")));
    }

    List<String> shuffled(String list) {
      List<String> words = new ArrayList<>(Lexicon.words(list));
      random.shuffle(words);
      taken.addAll(words);
      return words;
    }

    /** Beginnings and endings joined, for example {@code Ash} and {@code field}. */
    List<String> joined(String kind, int count) {
      List<String> names = new ArrayList<>();
      for (String begin : Lexicon.words(kind + "-begin")) {
        for (String end : Lexicon.words(kind + "-end")) {
          names.add(begin + end);
        }
      }
      random.shuffle(names);
      names.removeIf(name -> !taken.add(name));
      return List.copyOf(names.subList(0, count));
    }

    List<String> pairs(List<String> first, List<String> last) {
      List<String> pairs = new ArrayList<>(first.size() * last.size());
      for (String one : first) {
        for (String other : last) {
          pairs.add(one + " " + other);
        }
      }
      random.shuffle(pairs);
      return List.copyOf(pairs);
    }
  }
}

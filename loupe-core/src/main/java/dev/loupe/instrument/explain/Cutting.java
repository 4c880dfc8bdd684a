package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.tokenizer.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Cuts a prompt into units as a request asks. */
final class Cutting {
  private static final int SHORT = 24;

  private final ExplainRequest request;
  private final Subject subject;
  private final String text;
  private final List<Unit> fixed;
  private final List<Conversation.Turn> turns;

  Cutting(ExplainRequest request, Subject subject) {
    this.request = request;
    this.subject = subject;
    this.text = request.prompt();
    if (Segmenter.isBlank(text)) {
      throw LoupeException.badInput(
          "the prompt has no text to leave out", "Give at least one word.");
    }
    this.fixed = found(request.parts().fixed(), "`fixed`", Level.SEGMENT);
    this.turns = request.chat() ? Conversation.turns(text) : List.of();
    boolean asksForTurns =
        request.parts().levels().stream().anyMatch(level -> level.compareTo(Level.TURN) <= 0);
    if (turns.isEmpty() && asksForTurns) {
      throw LoupeException.badInput(
          "the prompt is no conversation, and has no turns (`levels`)",
          "Give a conversation (`messages`), or other levels.");
    }
  }

  /**
   * A text cut for one level.
   *
   * @param parents of each unit, its place in the level before; −1 at the first
   */
  record Cut(UnitText text, Level level, List<Integer> parents) {}

  /** The levels that are asked for, or that suit the prompt. */
  List<Level> levels() {
    if (!request.parts().segments().isEmpty()) {
      List<Level> levels = new ArrayList<>(List.of(Level.SEGMENT));
      levels.addAll(request.parts().levels());
      return levels;
    }
    if (!request.parts().levels().isEmpty()) {
      return request.parts().levels();
    }
    boolean isShort = cut(Level.WORD, 0, text.length()).size() <= SHORT;
    return isShort || cut(Level.SENTENCE, 0, text.length()).size() == 1
        ? List.of(Level.WORD)
        : List.of(Level.SENTENCE, Level.WORD);
  }

  /** The first level. */
  Cut first(Level level) {
    List<Unit> players =
        level == Level.SEGMENT
            ? found(request.parts().segments(), "`segments`", level)
            : cut(level, 0, text.length());
    if (players.isEmpty()) {
      throw LoupeException.badInput(
          "the prompt has no %s that could be left out".formatted(level.word()),
          "Fix less of it (`fixed`), or choose smaller units (`levels`).");
    }
    List<Unit> units = new ArrayList<>(players);
    if (level != Level.SEGMENT) {
      units.addAll(fixed);
    }
    units.sort(Comparator.comparingInt(Unit::start));
    return new Cut(
        new UnitText(
            text,
            units,
            IntStream.range(0, units.size())
                .filter(i -> players.contains(units.get(i)))
                .boxed()
                .toList(),
            List.of()),
        level,
        units.stream().map(_ -> -1).toList());
  }

  /**
   * The next level: some units cut into smaller ones.
   *
   * @param refined places of units that are cut
   * @param alone whether only the new units are players: at the last level
   * @return empty if none can be cut
   */
  Optional<Cut> next(Cut before, List<Integer> refined, Level level, boolean alone) {
    List<Unit> units = new ArrayList<>();
    List<Integer> parents = new ArrayList<>();
    List<Integer> players = new ArrayList<>();
    boolean any = false;
    for (int i = 0; i < before.text().units().size(); i++) {
      Unit unit = before.text().units().get(i);
      boolean isPlayer = before.text().players().contains(i);
      List<Unit> parts = refined.contains(i) ? cut(level, unit.start(), unit.end()) : List.of(unit);
      boolean isCut = parts.size() > 1;
      any |= isCut;
      for (Unit part : isCut ? parts : List.of(unit)) {
        if (isCut || (isPlayer && !alone)) {
          players.add(units.size());
        }
        units.add(part);
        parents.add(i);
      }
    }
    return any
        ? Optional.of(new Cut(new UnitText(text, units, players, List.of()), level, parents))
        : Optional.empty();
  }

  /** Units of a stretch outside what is fixed, none of them across two turns. */
  private List<Unit> cut(Level level, int start, int end) {
    if (level == Level.EXCHANGE) {
      return Conversation.exchanges(text).stream()
          .filter(unit -> fixed.stream().noneMatch(stay -> overlap(stay, unit)))
          .toList();
    }
    if (turns.isEmpty()) {
      return outside(level, start, end);
    }
    return turns.stream()
        .filter(turn -> turn.end() > start && turn.start() < end)
        .flatMap(turn ->
            outside(level, Math.max(start, turn.start()), Math.min(end, turn.end())).stream())
        .toList();
  }

  private static boolean overlap(Unit a, Unit b) {
    return a.end() > b.start() && a.start() < b.end();
  }

  private List<Unit> outside(Level level, int start, int end) {
    List<Unit> units = new ArrayList<>();
    int from = start;
    for (Unit stay : fixed) {
      if (stay.end() > start && stay.start() < end) {
        units.addAll(pieces(level, from, Math.max(from, stay.start())));
        from = Math.min(end, stay.end());
      }
    }
    units.addAll(pieces(level, from, end));
    return units;
  }

  private List<Unit> pieces(Level level, int start, int end) {
    if (level == Level.TURN) {
      boolean hasText = start < end && !text.substring(start, end).isBlank();
      return hasText ? List.of(new Unit(start, end, level)) : List.of();
    }
    if (level != Level.TOKEN) {
      return Segmenter.units(text, start, end, level);
    }
    List<Unit> units = new ArrayList<>();
    for (Token token :
        subject.weights().tokenizer().encode(text.substring(start, end), false).tokens()) {
      int from = start + token.startChar();
      int to = start + token.endChar();
      boolean isNew = units.isEmpty() || from >= units.getLast().end();
      if (to > from && isNew) {
        units.add(new Unit(from, to, level));
      }
    }
    return units;
  }

  /** Stretches of the prompt, each after the one before. */
  private List<Unit> found(List<String> stretches, String field, Level level) {
    List<Unit> units = new ArrayList<>();
    int from = 0;
    for (String stretch : stretches) {
      int at = stretch.isEmpty() ? -1 : text.indexOf(stretch, from);
      if (at < 0) {
        throw LoupeException.badInput(
            stretch.isEmpty()
                ? "one of %s is empty".formatted(field)
                : "“%s” of %s does not stand in the prompt%s"
                    .formatted(
                        stretch, field, units.isEmpty() ? "" : " after the one given before it"),
            "Copy the text from the prompt, in the order in which it stands there.");
      }
      units.add(new Unit(at, at + stretch.length(), level));
      from = at + stretch.length();
    }
    return units;
  }
}

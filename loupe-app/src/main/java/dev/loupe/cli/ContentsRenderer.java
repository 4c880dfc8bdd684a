package dev.loupe.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;

/** The root's list of commands in groups by purpose; other lists stay one group. */
final class ContentsRenderer implements IHelpSectionRenderer {
  private record Group(String title, List<String> commands) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group(
              "Answer",
              List.of(
                  "trace",
                  "steer",
                  "lens",
                  "explain",
                  "features",
                  "study",
                  "circuit",
                  "influence")),
          new Group("Models", List.of("models", "dictionary")),
          new Group("Training", List.of("world", "train")),
          new Group("Statistics", List.of("audit", "stats")),
          new Group("Help", List.of("help", "completion")));

  private static final int NAME_COLUMN = 14;

  @Override
  public String render(Help help) {
    Map<String, Help> commands = help.subcommands();
    if (commands.isEmpty()) {
      return "";
    }
    boolean root = help.commandSpec().parent() == null;
    List<Group> groups =
        root ? GROUPS : List.of(new Group("Commands", List.copyOf(commands.keySet())));
    StringBuilder text = new StringBuilder();
    for (Group group : groups) {
      List<Map.Entry<String, Help>> present =
          group.commands().stream()
              .flatMap(name -> commands.entrySet().stream().filter(e -> e.getKey().equals(name)))
              .toList();
      if (!present.isEmpty()) {
        text.append("%n%s:%n".formatted(group.title()));
        present.forEach(entry -> text.append(line(help, entry.getKey(), entry.getValue())));
      }
    }
    return text.toString();
  }

  private static String line(Help help, String name, Help command) {
    String[] header = command.commandSpec().usageMessage().header();
    String padding = " ".repeat(Math.max(1, NAME_COLUMN - name.length()));
    return "  %s%s%s%n"
        .formatted(help.colorScheme().commandText(name), padding, String.join(" ", header));
  }
}

package dev.loupe.cli.world;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Counted;
import dev.loupe.world.ArbitraryFacts;
import dev.loupe.world.ArbitraryFactsWriter;
import dev.loupe.world.Mixture;
import dev.loupe.world.World;
import dev.loupe.world.WorldWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe world generate}. */
@Command(
    name = "generate",
    header = "Write the world's corpus, questions and tables.",
    description = {
      "",
      "Texts on people, places, teams, years and sums, in the order in which a model should read"
          + " them, with the facts that each document states, how often each fact is stated, and"
          + " test questions. The same seed, scale and mixture give the same content on every"
          + " machine; world.json holds the hashes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world generate --seed 7 --out almanac",
      "  loupe world generate --scale 0.05 --out small",
      "  loupe world generate --set years=0.12 --set two-hop=80 --out trial --force",
      "  loupe world generate --arbitrary-facts 8000 --people 4000 --zipf 0.8 --out facts"
    })
public final class WorldGenerateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      converter = OptionConverters.OutputFolder.class,
      required = true,
      description = "The folder to write to; it must be new or empty.")
  private ResultFolder out = new ResultFolder(Path.of("almanac"));

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Seed of the world (names, facts and texts) (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--scale",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "The size, from 0.01 to 4; 1 is some 12 million tokens (default: ${DEFAULT-VALUE}).")
  private double scale;

  @Option(
      names = "--set",
      paramLabel = "PART=AMOUNT",
      description = {
        "Change one part of the mixture: for a family of facts, the number of documents that state"
            + " each fact; for other families, their share of all tokens; also tokens, burst and"
            + " procedures. Repeatable."
      })
  private final Map<String, Double> amounts = new LinkedHashMap<>();

  @Option(names = "--force", description = "Replace the world in DIR.")
  private boolean force;

  @Mixin private final ArbitraryFactsOptions arbitrary = new ArbitraryFactsOptions();

  WorldGenerateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Optional<ArbitraryFacts.Settings> facts = arbitrary.settings(seed);
    Mixture mixture = Mixture.standard();
    for (Map.Entry<String, Double> amount : amounts.entrySet()) {
      mixture = mixture.with(amount.getKey(), amount.getValue());
    }
    World world = World.of(seed, scale, mixture);
    if (isInUse(out.path()) && !force) {
      throw LoupeException.badInput(
          "%s is not empty".formatted(out.path()), "Name a new folder, or add --force.");
    }
    if (facts.isPresent()) {
      ArbitraryFactsWriter.write(ArbitraryFacts.of(facts.get()), out.path());
    } else {
      writeAlmanac(world);
    }
    if (!terminal.quiet()) {
      terminal.out().println("Wrote " + out.path());
    }
    return ExitCode.DONE.number();
  }

  private void writeAlmanac(World world) {
    try (ProgressLine progress =
        new ProgressLine(terminal, "writing " + out.path(), Counted.STEPS)) {
      long total = world.corpus().remaining();
      WorldWriter.write(world, out.path(), left -> progress.at(total - left, total));
    }
  }

  private static boolean isInUse(Path folder) {
    if (!Files.exists(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw LoupeException.badInput(
          "%s is not a folder that can be read".formatted(folder), "Name a folder.", e);
    }
  }
}

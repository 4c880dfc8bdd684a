package dev.loupe.cli.option;

import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.hub.Hub;
import dev.loupe.hub.HubSettings;
import dev.loupe.hub.ModelReference;
import dev.loupe.hub.Progress;
import dev.loupe.hub.ShippedModels.Shipped;
import dev.loupe.hub.SmolLm2;
import dev.loupe.job.Counted;
import dev.loupe.world.World;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The hub as this process's variables say it, with progress on standard error. */
public final class HubAccess {
  /** The size of the world of the shipped models. */
  private static final double WORLD_SCALE = 1;

  private final Terminal terminal;

  public HubAccess(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The hub; its progress ends with {@code progress}. */
  public Hub open(HubProgress progress) {
    Map<String, String> environment = System.getenv();
    Path script = Path.of(System.getProperty("loupe.home", ""), "scripts", "get-smollm2.sh");
    HubSettings settings =
        HubSettings.from(environment, Path.of(System.getProperty("user.home", "")));
    return new Hub(settings, new SmolLm2(script.toAbsolutePath(), environment), progress);
  }

  /** Progress of one command's downloads. */
  public HubProgress progress() {
    return new HubProgress(terminal);
  }

  /** What a person typed to name a model. */
  public static ModelReference reference(String text) {
    return ModelReference.parse(text, Path.of(""));
  }

  /**
   * The world that a model was trained on, as far as that is known.
   *
   * @param seed of the world that was asked for, which counts before that of a shipped model
   */
  public static Optional<World> world(Hub hub, String model, OptionalLong seed) {
    OptionalLong known =
        seed.isPresent()
            ? seed
            : hub.shipped(reference(model)).map(Shipped::world).orElse(OptionalLong.empty());
    return known.isPresent()
        ? Optional.of(World.of(known.getAsLong(), WORLD_SCALE))
        : Optional.empty();
  }

  /** A progress line for each file in turn. */
  public static final class HubProgress implements Progress, AutoCloseable {
    private final Terminal terminal;
    private String file = "";
    private ProgressLine line;

    HubProgress(Terminal terminal) {
      this.terminal = terminal;
      this.line = line("");
    }

    private ProgressLine line(String what) {
      return new ProgressLine(terminal, what, Counted.BYTES);
    }

    @Override
    public void at(String name, long done, long total) {
      if (!name.equals(file)) {
        line.close();
        file = name;
        line = line(name);
      }
      line.at(done, total);
    }

    @Override
    public void note(String message) {
      if (!terminal.quiet()) {
        line.close();
        terminal.err().println(message);
      }
    }

    @Override
    public void close() {
      line.close();
    }
  }
}

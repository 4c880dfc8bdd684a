package dev.loupe.hub;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A hub in a folder of the test, which waits for nothing and remembers what it would have. */
final class HubFixture {
  static final String SECRET = "hf_secretOfTheTest";

  final Path cache;
  final List<Duration> waits = new CopyOnWriteArrayList<>();
  final List<String> notes = new CopyOnWriteArrayList<>();
  Disk disk = Disk.real();
  Duration stall = Duration.ofSeconds(30);
  boolean offline;
  private final Path folder;
  private final RawServer server;

  HubFixture(Path folder, RawServer server) {
    this(folder, folder.resolve("hub"), server);
  }

  HubFixture(Path folder, Path cache, RawServer server) {
    this.folder = folder;
    this.cache = cache;
    this.server = server;
  }

  HubSettings settings() {
    return new HubSettings(
        cache,
        server.address(),
        Optional.of(new AccessToken(SECRET)),
        offline,
        folder.resolve("loupe"));
  }

  Hub hub() {
    return hub(withoutSmolLm2());
  }

  SmolLm2 withoutSmolLm2() {
    return new SmolLm2(folder.resolve("no-script.sh"), Map.of());
  }

  Hub hub(SmolLm2 smolLm2) {
    return hub(smolLm2, new Notes());
  }

  Hub hub(SmolLm2 smolLm2, Progress progress) {
    ShippedModels shipped = new ShippedModels("/fixtures/shipped/", settings().loupeCache());
    return new Hub(settings(), smolLm2, shipped, progress, disk, waits::add, stall);
  }

  CacheFolder model() {
    return new CacheFolder(cache, "org/name");
  }

  static ModelReference.Named named(String text) {
    return (ModelReference.Named) ModelReference.parse(text, Path.of("/nonexistent"));
  }

  final class Notes implements Progress {
    @Override
    public void at(String file, long done, long total) {}

    @Override
    public void note(String message) {
      notes.add(message);
    }
  }
}

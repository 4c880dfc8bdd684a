package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.ForeignWeights;
import dev.loupe.hub.HubClient.Listing;
import dev.loupe.hub.HubClient.RemoteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where models come from: Loupe's own package, the cache, then the hub. A model that is complete in
 * the cache is never requested again; {@link #pull} looks for a newer one.
 */
public final class Hub {
  private static final Duration STALL = Duration.ofSeconds(60);

  private final HubSettings settings;
  private final SmolLm2 smolLm2;
  private final ShippedModels shipped;
  private final Shelf dictionaries;
  private final Progress progress;
  private final HubClient client;
  private final Disk disk;
  private final Duration stall;

  /** A hub with given settings that reports its progress. */
  public Hub(HubSettings settings, SmolLm2 smolLm2, Progress progress) {
    this(
        settings,
        smolLm2,
        ShippedModels.of(settings.loupeCache()),
        progress,
        Disk.real(),
        Thread::sleep,
        STALL);
  }

  Hub(
      HubSettings settings,
      SmolLm2 smolLm2,
      ShippedModels shipped,
      Progress progress,
      Disk disk,
      Attempts.Pause pause,
      Duration stall) {
    this.settings = settings;
    this.smolLm2 = smolLm2;
    this.shipped = shipped;
    this.dictionaries =
        new Shelf("/dev/loupe/dictionaries/", settings.loupeCache().resolve("dictionaries"));
    this.progress = progress;
    this.client = new HubClient(settings, pause, progress);
    this.disk = disk;
    this.stall = stall;
  }

  /**
   * Finds a model on disk, fetching it if it is not there.
   *
   * @throws LoupeException if it cannot be found, fetched or kept
   */
  public LocalModel resolve(ModelReference reference) {
    return switch (reference) {
      case ModelReference.OnDisk onDisk -> onDisk(onDisk.path());
      case ModelReference.Named named -> find(named).orElseGet(() -> pull(named));
    };
  }

  /**
   * Finds a model in the cache, without the network.
   *
   * @return the model if the cache holds all of it
   */
  public Optional<LocalModel> find(ModelReference.Named reference) {
    Optional<LocalModel> ours = shipped.meantBy(reference).map(shipped::unpacked);
    return ours.isPresent() ? ours : inCache(reference);
  }

  private Optional<LocalModel> inCache(ModelReference.Named reference) {
    ModelReference.Named meant = meant(reference);
    requireReadableCache();
    var folder = new CacheFolder(settings.cache(), meant.repository());
    return folder
        .commit(meant.revisionOrMain())
        .filter(commit -> Files.isDirectory(folder.snapshot(commit)))
        .flatMap(commit -> local(meant, folder, commit));
  }

  /**
   * Fetches what the cache lacks of a model's newest commit.
   *
   * @throws LoupeException if the network is forbidden, the hub refuses, bytes are wrong or the
   *     disk is full
   */
  public LocalModel pull(ModelReference.Named reference) {
    Optional<ShippedModels.Shipped> ours = shipped.meantBy(reference);
    if (ours.isPresent()) {
      return shipped.unpacked(ours.get());
    }
    ModelReference.Named meant = meant(reference);
    if (settings.offline()) {
      throw offline(reference, meant);
    }
    try {
      if (SmolLm2.isMeantBy(reference)) {
        smolLm2.fetch(settings);
        return find(reference).orElseThrow(() -> incomplete(meant, missing(meant)));
      }
      return pullNow(meant);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LoupeException.resource(
          "the download of " + reference + " was interrupted",
          "Run the command again: it resumes where it stopped.",
          e);
    }
  }

  /** Which bytes the model's weights are; reads them at most once. */
  public ArtifactId identify(LocalModel model) {
    List<Path> files =
        model.weights().stream()
            .flatMap(file -> GgufFiles.parts(file).stream())
            .distinct()
            .toList();
    String sha256 = new WeightHashes(settings.loupeCache()).of(files);
    return new ArtifactId(model.name(), model.revision(), sha256);
  }

  /** The models that come with Loupe. */
  public List<ShippedModels.Shipped> shipped() {
    return shipped.list();
  }

  /** The one of them that a reference means, if any. */
  public Optional<ShippedModels.Shipped> shipped(ModelReference reference) {
    return shipped.meantBy(reference);
  }

  /** The dictionaries that come with Loupe. */
  public List<ShippedModels.Shipped> dictionaries() {
    return dictionaries.list();
  }

  /**
   * The folder of one of them, unpacked if it is not there yet.
   *
   * @throws LoupeException if the cache cannot be written or the package is damaged
   */
  public Optional<Path> dictionary(String name) {
    return dictionaries.named(name).map(dictionaries::unpacked);
  }

  /** Lists the models in the cache, by name. */
  public List<CachedModel> list() {
    requireReadableCache();
    return new Inventory(settings.cache()).models();
  }

  /**
   * Describes a model that is on disk, without fetching anything.
   *
   * @throws LoupeException if it is not there
   */
  public ModelDetails show(ModelReference reference) {
    LocalModel model =
        switch (reference) {
          case ModelReference.OnDisk onDisk -> onDisk(onDisk.path());
          case ModelReference.Named named -> find(named).orElseThrow(() -> notThere(named));
        };
    boolean folder = Files.isDirectory(model.location());
    return new ModelDetails(
        model,
        identify(model),
        folder ? ConfigPeek.architecture(model.location()) : Optional.empty(),
        ConfigPeek.parameters(model.weights()),
        folder ? Inventory.files(model.location()) : Inventory.files(model.weights()));
  }

  /**
   * Removes a model from the cache, or one revision of it. Blobs that another revision uses stay.
   *
   * @throws LoupeException if it is not there, or is outside of the cache
   */
  public Removal remove(ModelReference reference) {
    if (!(reference instanceof ModelReference.Named named)) {
      throw LoupeException.badInput(
          reference + " is a path, and only models in the cache are removed",
          "Give a name that 'loupe models list' shows, or delete the path yourself.");
    }
    if (shipped.meantBy(named).isPresent()) {
      throw LoupeException.badInput(
          named + " comes with Loupe and is not removed",
          "Give a name that 'loupe models list' shows in the cache.");
    }
    boolean alias = SmolLm2.isMeantBy(named);
    if (named.file().isPresent() && !alias) {
      throw LoupeException.badInput(
          named + " is one file of a model", "Give org/name, or org/name@revision.");
    }
    requireReadableCache();
    var remover = new Remover(new CacheFolder(settings.cache(), meant(named).repository()));
    return named.revision().map(remover::revision).orElseGet(remover::all);
  }

  private LoupeException notThere(ModelReference.Named named) {
    String repository = meant(named).repository();
    Optional<CachedModel> begun =
        list().stream()
            .filter(model -> model.name().equals(repository) && !model.gaps().isEmpty())
            .findFirst();
    if (begun.isPresent()) {
      return LoupeException.badInput(
          "%s is only partly in the cache %s: %s"
              .formatted(named, settings.cache(), String.join("; ", begun.get().gaps())),
          "Complete it with '%s', or remove it with 'loupe models remove %s'."
              .formatted(begun.get().completedBy(), repository));
    }
    return LoupeException.badInput(
        "%s is not in the cache %s (missing: %s)"
            .formatted(named, settings.cache(), String.join(", ", missing(meant(named)))),
        "Fetch it with 'loupe models pull " + named + "'.");
  }

  private LocalModel pullNow(ModelReference.Named reference) throws InterruptedException {
    String repository = reference.repository();
    var folder = new CacheFolder(settings.cache(), repository);
    Disk.folder(folder.snapshots());
    folder.requireInside(folder.root());
    Listing listing = client.list(repository, reference.revisionOrMain());
    List<RemoteFile> files = new ArrayList<>();
    for (String name : FileChoice.choose(reference, listing.files())) {
      files.add(client.head(repository, listing.commit(), name));
    }
    var download = new Download(client, folder, listing.commit(), progress, stall);
    long missing = files.stream().mapToLong(download::missingBytes).sum();
    disk.requireSpace(folder.root(), missing, reference.toString());
    for (RemoteFile file : files) {
      download.fetch(file);
    }
    if (!reference.revisionOrMain().equals(listing.commit())) {
      Disk.writeText(folder.ref(reference.revisionOrMain()), listing.commit());
    }
    return local(reference, folder, listing.commit())
        .orElseThrow(() -> incomplete(reference, missing(reference)));
  }

  private static Optional<LocalModel> local(
      ModelReference.Named reference, CacheFolder folder, String commit) {
    Snapshot snapshot = snapshot(reference, folder.snapshot(commit));
    return snapshot
        .location()
        .map(at -> new LocalModel(reference.repository(), commit, at, snapshot.weights()));
  }

  private static Snapshot snapshot(ModelReference.Named reference, Path folder) {
    return reference.file().map(f -> Snapshot.of(folder, f)).orElseGet(() -> Snapshot.of(folder));
  }

  /**
   * The model at a path, with the files that hold its weights.
   *
   * @throws LoupeException if there is none
   */
  public static LocalModel onDisk(Path path) {
    if (Files.isDirectory(path)) {
      Snapshot snapshot = Snapshot.of(path);
      Path location = snapshot.location().orElseThrow(() -> noModel(path, snapshot));
      return new LocalModel(path.toString(), "local", location, snapshot.weights());
    }
    String name = Disk.fileName(path);
    if (!Files.exists(path)) {
      throw LoupeException.badInput(
          path + " does not exist", "Give an existing path, or a name such as org/name.");
    }
    if (name.equals("model.safetensors") || name.equals(Snapshot.INDEX)) {
      return onDisk(Disk.parent(path.toAbsolutePath()));
    }
    if (!name.endsWith(".gguf")) {
      throw LoupeException.badInput(
          path + " is neither a folder nor a GGUF file",
          "Give a folder with config.json and .safetensors, or a GGUF file.");
    }
    Snapshot parts = Snapshot.ofGguf(path);
    Path location =
        parts
            .location()
            .orElseThrow(() ->
                LoupeException.badInput(
                    "%s is one part of a model in %d, of which these are missing: %s"
                        .formatted(
                            path, parts.weights().size(), String.join(", ", parts.missing())),
                    "Put all parts into one folder, or let 'loupe models pull' fetch them."));
    return new LocalModel(path.toString(), "local", location, parts.weights());
  }

  private static LoupeException noModel(Path path, Snapshot snapshot) {
    Optional<LoupeException> foreign =
        snapshot.weights().isEmpty() ? ForeignWeights.in(path) : Optional.empty();
    return foreign.orElseGet(() ->
        LoupeException.badInput(
            path + " holds no model: missing " + String.join(", ", snapshot.missing()),
            snapshot.weights().isEmpty()
                ? "Give a folder with config.json and .safetensors, or a GGUF file."
                : "Fetch the missing files into that folder."));
  }

  private static ModelReference.Named meant(ModelReference.Named reference) {
    return SmolLm2.isMeantBy(reference) ? SmolLm2.REFERENCE : reference;
  }

  private List<String> missing(ModelReference.Named reference) {
    var folder = new CacheFolder(settings.cache(), reference.repository());
    return folder
        .commit(reference.revisionOrMain())
        .map(folder::snapshot)
        .filter(Files::isDirectory)
        .map(at -> snapshot(reference, at).missing())
        .orElse(List.of("all of it"));
  }

  private void requireReadableCache() {
    Path cache = settings.cache();
    if (Files.exists(cache) && !(Files.isDirectory(cache) && Files.isReadable(cache))) {
      throw LoupeException.badInput(
          "the model cache " + cache + " is not a folder that can be read",
          "Make it readable, or set HF_HUB_CACHE to a folder of your own.");
    }
  }

  private LoupeException offline(ModelReference.Named asked, ModelReference.Named meant) {
    return LoupeException.badInput(
        "%s is not in the cache %s (missing: %s) and HF_HUB_OFFLINE forbids fetching it"
            .formatted(asked, settings.cache(), String.join(", ", missing(meant))),
        "Unset HF_HUB_OFFLINE, or name a model that 'loupe models list' shows.");
  }

  private static LoupeException incomplete(ModelReference.Named reference, List<String> missing) {
    return LoupeException.badInput(
        reference + " was fetched, but lacks: " + String.join(", ", missing),
        "The model on the hub is incomplete; choose another revision or model.");
  }
}

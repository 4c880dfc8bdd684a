package dev.loupe.instrument.influence;

import dev.loupe.corpus.Corpus;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.FolderLock;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The curvature of a model on its training corpus, kept in a folder. Long work: a run that is
 * stopped keeps the groups of maps that are finished, and the same request resumes after them.
 */
public final class FitInfluence implements Instrument<FitRequest, FitReport> {
  /** Gap of the trace of Λ relative to it: sums of float32 products, about 1e-7 each. */
  private static final double SAME_TRACE = 1e-3;

  @Override
  public Card<FitRequest, FitReport> card() {
    return new Card<>(
        "influence fit",
        "How curved is the training loss of this model?",
        "loupe.influence-fit/1",
        FitRequest.class,
        FitReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(FitRequest request, Subject subject, Run run) {
    Corpus corpus = Corpus.open(request.corpus(), false);
    return subject.hold(() -> {
      try (SequenceGradients network = Networks.of(subject)) {
        List<BlockMap> maps = Networks.maps(network, request.attention());
        double tokens = TrainingText.characters(corpus) * request.share() / CHARACTERS_OF_A_TOKEN;
        List<List<BlockMap>> groups = groups(network, maps, request);
        int passes = 1 + 2 * groups.size() + (request.index() ? 1 : 0);
        double seconds = passes * tokens * Networks.secondsOfAToken(network);
        long disk = maps.stream().mapToLong(map -> stored(network.size(map), request)).sum();
        long kept =
            groups.stream()
                .mapToLong(group -> KeptPass.bytesOfAToken(network, group))
                .max()
                .orElse(0);
        disk += Math.min(KeptPass.MOST_BYTES, (long) (tokens * kept));
        if (request.index()) {
          disk += (long) (tokens * GradientIndex.bytesOfAToken(network, maps));
        }
        return new Cost(
            seconds,
            Engine.residentBytes() + request.maxMemory(),
            disk,
            String.format(
                Locale.ROOT,
                "about %,.0f tokens read %d times, %d maps in %d groups",
                tokens,
                passes,
                maps.size(),
                groups.size()));
      }
    });
  }

  /** English text, and the Almanac's, have about four characters a token. */
  private static final double CHARACTERS_OF_A_TOKEN = 4;

  /** While a map is fitted: sums of A and G and their eigenvectors in float64, bases, Λ. */
  private static long bytes(SequenceGradients.MapSize size, FitRequest request) {
    return 8 * (3 * numbers(size, request) + (long) size.columns() * size.outputs());
  }

  /** Bases and Λ, in float32. */
  private static long stored(SequenceGradients.MapSize size, FitRequest request) {
    return 4 * (numbers(size, request) + (long) size.columns() * size.outputs());
  }

  /** Of A and G, or of the blocks on their diagonals. */
  private static long numbers(SequenceGradients.MapSize size, FitRequest request) {
    return Stream.of(size.columns(), size.outputs())
        .flatMap(width -> Eigenbasis.widths(width, request.widest()).stream())
        .mapToLong(block -> (long) block * block)
        .sum();
  }

  /** Maps that are fitted together. */
  static List<List<BlockMap>> groups(
      SequenceGradients network, List<BlockMap> maps, FitRequest request) {
    List<List<BlockMap>> groups = new ArrayList<>();
    long used = Long.MAX_VALUE;
    for (BlockMap map : maps) {
      long needed = bytes(network.size(map), request);
      if (groups.isEmpty() || used + needed > request.maxMemory()) {
        groups.add(new ArrayList<>());
        used = 0;
      }
      groups.getLast().add(map);
      used += needed;
    }
    return groups;
  }

  @Override
  public Finding<FitReport> ask(FitRequest request, Subject subject, Run run) {
    Corpus corpus = Corpus.open(request.corpus(), false);
    return subject.hold(() -> {
      try (FolderLock _ = FolderLock.of(request.out(), "fit of influence");
          SequenceGradients network = Networks.of(subject)) {
        TrainingText text =
            TrainingText.read(corpus, subject.weights(), request.share(), network.context(), run);
        return fit(request, subject, network, text, run);
      }
    });
  }

  private Finding<FitReport> fit(
      FitRequest request, Subject subject, SequenceGradients network, TrainingText text, Run run) {
    FitFolder folder = new FitFolder(request.out());
    String labels = request.empirical() ? "empirical" : "sampled";
    FitFolder.Identity identity =
        new FitFolder.Identity(
            subject.sha256(), text.sha256(), labels, run.seed(), request.widest());
    CurvatureFit.Pass pass =
        CurvatureFit.pass(network, text.sequences(), request.empirical(), run.seed());
    List<BlockMap> maps = Networks.maps(network, request.attention());
    List<BlockMap> missing = maps.stream().filter(map -> !folder.has(map, identity)).toList();
    if (missing.size() < maps.size()) {
      run.note(
          "resumes: %d of %d maps are fitted".formatted(maps.size() - missing.size(), maps.size()));
    }
    for (List<BlockMap> group : groups(network, missing, request)) {
      try (KeptPass kept = KeptPass.of(pass, request.out(), KeptPass.MOST_BYTES)) {
        CurvatureFit fit =
            new CurvatureFit(network, text.sequences(), kept).inBlocks(request.widest());
        fitGroup(fit, group, folder, identity, run);
      }
    }
    Scorer.Norms norms = new Scorer(network).norms(text.sequences(), maps, run);
    long counted = text.sequences().stream().mapToLong(Sequence::counted).sum();
    double loss = norms.loss() / Math.max(1, counted);
    List<FitReport.FittedMap> fitted = new ArrayList<>();
    double total = 0;
    for (BlockMap map : maps) {
      SequenceGradients.MapSize size = network.size(map);
      try (MapFactors factors = folder.read(map, size, request.widest(), network.dtype());
          var _ = NativeScope.open()) {
        total += factors.lambda().sum().item();
        double damping = factors.heuristicDamping();
        fitted.add(
            new FitReport.FittedMap(
                map.name(), size.inputs(), size.outputs(), damping / 0.1, damping));
      }
    }
    folder.finish(identity, request, loss, maps);
    if (request.index()) {
      try {
        new IndexFit(network, maps, identity.entries()).write(request.out(), text.sequences(), run);
      } catch (Stopped e) {
        throw new Stopped(
            "the parts of the index that are finished are kept; the same command resumes after"
                + " them");
      }
    }
    return new Finding<>(
        card().schema(),
        "How curved is the training loss of %s?".formatted(subject.weights().name()),
        new FitReport(
            subject.weights().name(),
            fitted,
            text.documents(),
            text.sequences().size(),
            text.tokens(),
            loss,
            labels),
        List.of(evidence(request, norms, total)),
        Caveats.ofFit(request.attention(), text.pieced(), loss, subject),
        subject.provenance(run));
  }

  private static void fitGroup(
      CurvatureFit fit,
      List<BlockMap> group,
      FitFolder folder,
      FitFolder.Identity identity,
      Run run) {
    BegunGroup begun = folder.begun(group, identity);
    Map<BlockMap, MapFactors> factors;
    try {
      factors = fit.factors(group, Optional.of(begun), run);
    } catch (Stopped e) {
      throw new Stopped(
          "the maps that are finished are kept, and of those under way the sums of at most five"
              + " minutes ago; the same command resumes after them");
    }
    try {
      factors.forEach((map, each) -> folder.write(map, each, identity));
      begun.delete();
    } finally {
      factors.values().forEach(MapFactors::close);
    }
  }

  /** A rotation keeps lengths: Λ of empirical labels sums to the mean squared gradient. */
  private static Evidence evidence(FitRequest request, Scorer.Norms norms, double total) {
    if (request.empirical()) {
      return Evidence.atMost(
          SAME_TRACE,
          "Λ sums to the mean squared norm of the documents' gradients",
          Support.OBSERVED,
          Estimate.exactly(
              Math.abs(total - norms.meanSquare()) / Math.max(1e-300, norms.meanSquare()),
              "relative gap"),
          "");
    }
    return Evidence.noted(
        "Squared gradient of a document against labels drawn from the model, beside the corpus's",
        Support.OBSERVED,
        Estimate.exactly(total / Math.max(1e-300, norms.meanSquare()), "ratio"),
        "1 where the model's distribution is that of the text");
  }

  /** The arithmetic in which a model's gradients are computed. */
  static DType dtype(Subject subject) {
    return subject.transformer().dtype() == DType.F64 ? DType.F64 : DType.F32;
  }
}

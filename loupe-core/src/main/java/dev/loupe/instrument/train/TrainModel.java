package dev.loupe.instrument.train;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.CorpusPreparation.TokenizerSource;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.Reading;
import dev.loupe.corpus.TokenFile;
import dev.loupe.corpus.TrainingRows;
import dev.loupe.fault.FileFault;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Probe;
import dev.loupe.model.training.QuestionProbe;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingCost;
import dev.loupe.model.training.TrainingListener;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.report.HtmlPage;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Trains a tokenizer and a small GPT-2 model. It has the shape of an instrument but no subject: the
 * model is what comes out. A run that is stopped saves its state, and the same request resumes from
 * it, to the same weights bit for bit. The folder holds the model, {@code metrics.jsonl} and the
 * page of the finding.
 */
public final class TrainModel {
  private static final String SCHEMA = "loupe.training/1";
  private static final double LEVEL = 0.95;

  /** A corpus in rows and the plan for it, while its files are open. */
  private record Prepared(
      TrainingPlan plan,
      PackedRows rows,
      Optional<TrainingRows> held,
      List<Probe> probes,
      EncodedCorpus corpus) {}

  /**
   * What the training would take, after a few steps of it in a folder that goes again.
   *
   * @throws dev.loupe.fault.LoupeException as {@link #train}
   */
  public Cost estimate(TrainModelRequest request, Run run) {
    Path folder;
    try {
      folder = Files.createTempDirectory("loupe-estimate-");
    } catch (IOException e) {
      throw FileFault.cannotWrite("a temporary folder", e);
    }
    try {
      return prepared(
          request,
          folder,
          run,
          prepared -> {
            TrainingCost cost =
                TrainingCost.estimate(prepared.plan(), prepared.rows(), prepared.held());
            return new Cost(
                cost.whole().toMillis() / 1e3,
                cost.memoryBytes(),
                cost.diskBytes(),
                String.format(
                    Locale.ROOT,
                    "%,d parameters, %,d tokens in %,d steps of %s%s",
                    cost.parameters(),
                    cost.tokens(),
                    prepared.plan().steps(),
                    type(prepared.plan()),
                    prepared.probes().isEmpty() ? "" : ", the questions of `probes` on top"));
          });
    } finally {
      CorpusPreparation.delete(folder);
    }
  }

  /**
   * Trains to the end.
   *
   * @throws dev.loupe.fault.LoupeException if the folder holds another training, the corpus cannot
   *     be read, the settings make no training, loss or gradient are no longer finite, or the disk
   *     refuses
   * @throws Stopped if the run was stopped; the state is saved by then
   */
  public Finding<ModelTraining> train(TrainModelRequest request, Run run) {
    return prepared(
        request,
        request.out(),
        run,
        prepared -> {
          Finding<ModelTraining> finding = train(prepared, run);
          HtmlPage.write(prepared.plan().folder().resolve("report.html"), FindingJson.of(finding));
          if (!finding.answer().result().finished()) {
            throw new Stopped(
                "Saved in " + prepared.plan().folder() + "; the same request resumes from there.");
          }
          CorpusPreparation.deleteTokens(prepared.corpus());
          return finding;
        });
  }

  private interface Work<T> {
    T on(Prepared prepared);
  }

  private static <T> T prepared(TrainModelRequest request, Path folder, Run run, Work<T> work) {
    int threads = Engine.threads();
    Engine.useThreadsHere(1); // the trainer's own threads use one of the engine each
    try {
      Corpus corpus = Corpus.open(request.texts().corpus(), request.texts().strict());
      TokenizerSource source = request.texts().source(request.network().from());
      EncodedCorpus encoded = encoded(corpus, source, request, folder, run);
      try (Tokenizer tokenizer = TokenizerFiles.in(folder).tokenizer();
          TokenFile training = TokenFile.open(encoded.training());
          TokenFile heldOut = TokenFile.open(encoded.heldOut())) {
        remarks(encoded.reading(), source, tokenizer).forEach(run::note);
        ModelShape shape = request.network().shape(tokenizer.vocabularySize());
        int context = request.network().context(shape);
        PackedRows rows = PackedRows.of(training, context, request.texts().order(), run.seed());
        Optional<TrainingRows> held =
            heldOut.size() == 0
                ? Optional.empty()
                : Optional.of(PackedRows.of(heldOut, context, PackedRows.Order.GIVEN, run.seed()));
        int steps = request.length().steps(rows.count(), rows.context());
        TrainingPlan plan =
            new TrainingPlan(
                folder,
                shape,
                request.network().start(run.seed()),
                request.optimiser().optimisation(steps),
                request.computing().execution(request.length().batch()),
                request.measuring().cadence(steps),
                endToken(tokenizer, encoded.reading()));
        return work.on(
            new Prepared(plan, rows, held, probes(request, tokenizer, rows, run), encoded));
      }
    } finally {
      Engine.useThreadsHere(threads);
    }
  }

  private static EncodedCorpus encoded(
      Corpus corpus, TokenizerSource source, TrainModelRequest request, Path folder, Run run) {
    CorpusPreparation preparation =
        new CorpusPreparation(corpus, source, request.texts().heldOut(), folder);
    try (Steps steps = run.steps("reading the corpus", Counted.DOCUMENTS, 0)) {
      return preparation.run(steps::at);
    }
  }

  /** What was passed over is said, never dropped in silence. */
  private static List<String> remarks(
      Reading reading, TokenizerSource source, Tokenizer tokenizer) {
    List<String> remarks = new ArrayList<>();
    if (source instanceof TokenizerSource.Trained(int asked, _)
        && tokenizer.vocabularySize() < asked) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "The corpus repeats itself enough for %,d tokens only, not %,d.",
              tokenizer.vocabularySize(),
              asked));
    }
    remarks.addAll(reading.remarks());
    return remarks;
  }

  /** The end of an answer in a chat model, the start of the next document in another. */
  private static OptionalInt endToken(Tokenizer tokenizer, Reading reading) {
    String end = reading.conversations() > 0 ? BpeTrainer.TURN_END : BpeTrainer.END_OF_TEXT;
    return tokenizer.id(end).map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  private static List<Probe> probes(
      TrainModelRequest request, Tokenizer tokenizer, TrainingRows rows, Run run) {
    return request
        .measuring()
        .probes()
        .<Probe>map(file ->
            QuestionProbe.read(
                file,
                tokenizer,
                rows.documentStart().orElseThrow(),
                rows.context(),
                request.measuring().probeQuestions(),
                run.seed()))
        .map(List::of)
        .orElse(List.of());
  }

  private static Finding<ModelTraining> train(Prepared prepared, Run run) {
    TrainingPlan plan = prepared.plan();
    PackedRows rows = prepared.rows();
    Trainer.Result result;
    Listening listening = new Listening(run);
    try (listening) {
      result = Trainer.run(plan, rows, prepared.held(), prepared.probes(), listening);
    }
    ModelTraining training =
        new ModelTraining(
            plan,
            plan.fingerprint(rows),
            prepared.corpus().reading(),
            prepared.corpus().tokens(),
            rows.count(),
            rows.paddingShare(),
            rows.counted(),
            result,
            listening.evaluation,
            List.copyOf(listening.scores.values()));
    return new Finding<>(
        SCHEMA,
        String.format(
            Locale.ROOT,
            "What does a model of %,d parameters learn from this corpus?",
            plan.shape().parameters()),
        training,
        evidence(training),
        List.of(),
        new Provenance(
            List.of(),
            run.seed(),
            type(plan),
            "cpu",
            Provenance.LOUPE,
            Runtime.version().toString(),
            Engine.version(),
            run.seconds()));
  }

  private static String type(TrainingPlan plan) {
    return plan.execution().dtype() == DType.BF16 ? "bfloat16" : "float32";
  }

  private static List<Evidence> evidence(ModelTraining training) {
    List<Evidence> evidence = new ArrayList<>();
    training
        .evaluation()
        .ifPresent(loss ->
            evidence.add(
                Evidence.noted(
                    "Loss on held-out documents",
                    Support.OBSERVED,
                    Estimate.exactly(loss, "nats a token"),
                    String.format(
                        Locale.ROOT,
                        "a uniform guess has %.4f",
                        Math.log(training.plan().shape().vocabulary())))));
    for (Probe.Score score : training.scores()) {
      evidence.add(
          Evidence.noted(
              "Questions answered right: " + score.name(),
              Support.OBSERVED,
              Proportion.wilson(score.right(), score.total(), LEVEL),
              String.format(Locale.ROOT, "%d of %d", score.right(), score.total())));
    }
    return evidence;
  }

  /** Tells the run what the trainer tells, and keeps what was measured last. */
  private static final class Listening implements TrainingListener, AutoCloseable {
    private final Run run;
    private final SequencedMap<String, Probe.Score> scores = new LinkedHashMap<>();
    private OptionalDouble evaluation = OptionalDouble.empty();
    private @Nullable Steps training;
    private long tokens;

    Listening(Run run) {
      this.run = run;
    }

    @Override
    public void resumed(int step, Path checkpoint) {
      run.note(String.format(Locale.ROOT, "resuming after step %,d, from %s", step, checkpoint));
    }

    @Override
    public void step(Step step) {
      tokens = step.tokens();
      Steps steps = training;
      if (steps == null) {
        steps = run.steps("training", Counted.TOKENS, tokens / step.step() * step.steps());
        training = steps;
      }
      steps.shown(tokens);
    }

    @Override
    public void evaluated(int step, double loss) {
      evaluation = OptionalDouble.of(loss);
      run.note(
          String.format(
              Locale.ROOT,
              "step %,d, %,d tokens: loss on held-out documents %.4f",
              step,
              tokens,
              loss));
    }

    @Override
    public void measured(int step, String probe, Probe.Score score) {
      scores.put(score.name(), score);
    }

    @Override
    public boolean stopRequested() {
      return run.stopRequested();
    }

    @Override
    public void close() {
      if (training != null) {
        training.close();
      }
    }
  }
}

package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.dictionary.training.DictionaryCost;
import dev.loupe.dictionary.training.DictionaryListener;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.job.Stopped;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.report.HtmlPage;
import dev.loupe.report.ReportFile;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Trains SAEs, transcoders or a cross-layer transcoder on a model and measures them. Long work: a
 * run that is stopped saves its state, and the same request resumes from it, to the same dictionary
 * bit for bit. The folder holds each dictionary in the field's format, {@code metrics.jsonl}, the
 * finding as {@code evaluation.json} and its page.
 */
public final class TrainDictionary implements Instrument<TrainRequest, DictionaryTraining> {
  @Override
  public Card<TrainRequest, DictionaryTraining> card() {
    return new Card<>(
        "dictionary train",
        "Which features make up what this model computes?",
        "loupe.training/1",
        TrainRequest.class,
        DictionaryTraining.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(TrainRequest request, Subject subject, Run run) {
    return subject.hold(() -> {
      Path folder = EvaluateDictionary.temporary();
      try {
        EncodedCorpus encoded =
            request.texts().encode(subject.weights(), folder.resolve("corpus"), run);
        try (TokenFile training = TokenFile.open(encoded.training())) {
          PackedRows rows = request.texts().rows(training, subject.weights(), run.seed());
          DictionaryPlan plan = request.plan(subject, folder, rows, run.seed());
          return cost(
              DictionaryCost.estimate(plan, subject.transformer().watched(run::check), rows), plan);
        }
      } finally {
        CorpusPreparation.delete(folder);
      }
    });
  }

  private static Cost cost(DictionaryCost cost, DictionaryPlan plan) {
    return new Cost(
        cost.whole().toMillis() / 1e3,
        cost.memoryBytes(),
        cost.diskBytes(),
        String.format(
            Locale.ROOT,
            "%,d parameters, %,d steps of %,d positions",
            cost.parameters(),
            plan.steps(),
            plan.stream().batch()));
  }

  @Override
  public Finding<DictionaryTraining> ask(TrainRequest request, Subject subject, Run run) {
    return subject.hold(() -> train(request, subject, run));
  }

  private Finding<DictionaryTraining> train(TrainRequest request, Subject subject, Run run) {
    Path folder = request.out();
    EncodedCorpus encoded =
        request.texts().encode(subject.weights(), folder.resolve("corpus"), run);
    run.note(request.texts().start(subject.weights()).words());
    Finding<DictionaryTraining> finding;
    try (TokenFile training = TokenFile.open(encoded.training());
        TokenFile heldOut = TokenFile.open(encoded.heldOut())) {
      PackedRows rows = request.texts().rows(training, subject.weights(), run.seed());
      DictionaryPlan plan = request.plan(subject, folder, rows, run.seed());
      DictionaryTrainer.Result result;
      try (Listening listener = new Listening(run)) {
        result = DictionaryTrainer.run(plan, subject.transformer(), rows, listener);
      }
      if (!result.finished()) {
        throw new Stopped("Saved in " + folder + "; the same request resumes from there.");
      }
      finding = measured(request, subject, plan, rows, heldOut, result, run);
    }
    CorpusPreparation.deleteTokens(encoded);
    return finding;
  }

  private Finding<DictionaryTraining> measured(
      TrainRequest request,
      Subject subject,
      DictionaryPlan plan,
      PackedRows trained,
      TokenFile heldOut,
      DictionaryTrainer.Result result,
      Run run) {
    SequencedMap<Integer, DictionaryEvaluation.Result> evaluations = new LinkedHashMap<>();
    List<Evidence> evidence = new ArrayList<>();
    if (heldOut.size() > 0) {
      PackedRows rows = request.texts().rows(heldOut, subject.weights(), run.seed());
      for (int size : plan.sizes()) {
        try (Dictionary dictionary = DictionaryFiles.open(plan.folder(size), Optional.empty())) {
          EvaluationReport report =
              EvaluateDictionary.report(request.texts(), dictionary, rows, subject, run);
          run.early(report);
          evaluations.put(size, report.result());
          EvaluateDictionary.evidence(report).stream()
              .map(each -> each.about(String.format(Locale.ROOT, "%,d features a layer", size)))
              .forEach(evidence::add);
        }
      }
    }
    if (evidence.isEmpty()) {
      evidence.add(
          Evidence.noted(
              "Positions on which the dictionaries were measured",
              Support.OBSERVED,
              Estimate.exactly(0, "no document was held out"),
              ""));
    }
    List<String> caveats = new ArrayList<>(subject.caveats());
    EvaluationReport.remark(plan.stream().leftOut()).ifPresent(caveats::add);
    Finding<DictionaryTraining> finding =
        new Finding<>(
            card().schema(),
            "Which features make up what %s computes?".formatted(subject.weights().name()),
            new DictionaryTraining(
                plan,
                plan.fingerprint(trained),
                request.texts().start(subject.weights()),
                result,
                evaluations),
            evidence,
            caveats,
            subject.provenance(run));
    String json = FindingJson.of(finding);
    ReportFile.write(plan.folder().resolve("evaluation.json"), writer -> writer.write(json + "\n"));
    HtmlPage.write(plan.folder().resolve("report.html"), json);
    return finding;
  }

  /** Tells the run what the trainer tells. */
  private static final class Listening implements DictionaryListener, AutoCloseable {
    private static final int NOTES = 10;

    private final Run run;
    private @Nullable Steps training;
    private @Nullable Steps reading;

    Listening(Run run) {
      this.run = run;
    }

    @Override
    public void resumed(int step, Path checkpoint) {
      run.note(String.format(Locale.ROOT, "Resumed after step %,d, from %s", step, checkpoint));
    }

    @Override
    public void reading(int rows, int all) {
      Steps steps = reading;
      if (steps == null) {
        steps = run.steps("running the model", Counted.ROWS, all);
        reading = steps;
      }
      steps.shown(rows);
      if (rows == all) {
        steps.close();
        reading = null;
      }
    }

    @Override
    public void step(Step step) {
      Steps steps = training;
      if (steps == null) {
        steps = run.steps("training", Counted.TOKENS, step.tokens() / step.step() * step.steps());
        training = steps;
      }
      steps.shown(step.tokens());
      if (step.step() % Math.max(1, step.steps() / NOTES) == 0) {
        run.note(
            String.format(
                Locale.ROOT,
                "step %,d, %,d tokens: %.4f of the variance unexplained, %.1f features active%s",
                step.step(),
                step.tokens(),
                step.unexplained(),
                step.active(),
                Double.isNaN(step.divergence())
                    ? ""
                    : String.format(Locale.ROOT, ", divergence %.4f", step.divergence())));
      }
    }

    @Override
    public boolean stopRequested() {
      return run.stopRequested();
    }

    @Override
    public void close() {
      if (reading != null) {
        reading.close();
      }
      if (training != null) {
        training.close();
      }
    }
  }
}

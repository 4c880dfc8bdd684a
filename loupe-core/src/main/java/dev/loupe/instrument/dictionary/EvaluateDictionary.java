package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.CorpusPreparation;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * How good a dictionary is on text that it has not seen: its reconstructions by layer, and the
 * model with them in place of what they reconstruct.
 */
public final class EvaluateDictionary implements Instrument<EvaluateRequest, EvaluationReport> {
  /** Passes over a row: as it is, with reconstructions, with zeros, and what encoding takes. */
  private static final int PASSES = 5;

  @Override
  public Card<EvaluateRequest, EvaluationReport> card() {
    return new Card<>(
        "dictionary evaluate",
        "How much of the model does this dictionary hold?",
        "loupe.dictionary-evaluation/1",
        EvaluateRequest.class,
        EvaluationReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(EvaluateRequest request, Subject subject, Run run) {
    DictionaryTexts texts = request.texts();
    return subject.hold(() -> {
      Dictionary dictionary = dictionary(subject);
      int replaced = dictionary.kind() == Dictionary.Kind.SAE ? dictionary.layers().size() : 1;
      double row = subject.watched(run).secondsOfAPass(texts.context(subject.weights()));
      return new Cost(
          texts.rows() * row * (2 + PASSES * replaced),
          Engine.residentBytes(),
          0,
          String.format(
              Locale.ROOT,
              "%,d rows of %,d tokens at most, the corpus read once before",
              texts.rows(),
              texts.context(subject.weights())));
    });
  }

  @Override
  public Finding<EvaluationReport> ask(EvaluateRequest request, Subject subject, Run run) {
    return subject.hold(() -> {
      Dictionary dictionary = dictionary(subject);
      return onTokens(
          request.texts(),
          subject.weights(),
          run,
          rows -> finding(request.texts(), dictionary, rows, subject, run));
    });
  }

  private static Dictionary dictionary(Subject subject) {
    return subject
        .dictionary()
        .orElseThrow(() ->
            LoupeException.badInput(
                "neurons are the model's own and need no evaluation",
                "Name a dictionary (`basis`)."));
  }

  /** Encodes the texts into a folder that goes again, and hands over the held-out rows. */
  private static <T> T onTokens(
      DictionaryTexts texts, LanguageModel model, Run run, Function<PackedRows, T> work) {
    Path folder = temporary();
    try {
      EncodedCorpus encoded = texts.encode(model, folder.resolve("corpus"), run);
      try (TokenFile heldOut = TokenFile.open(encoded.heldOut());
          TokenFile training = TokenFile.open(encoded.training())) {
        TokenFile measured = heldOut.size() == 0 ? training : heldOut;
        return work.apply(texts.rows(measured, model, run.seed()));
      }
    } finally {
      CorpusPreparation.delete(folder);
    }
  }

  static Path temporary() {
    try {
      return Files.createTempDirectory("loupe-dictionary-");
    } catch (IOException e) {
      throw FileFault.cannotWrite("a temporary folder", e);
    }
  }

  private Finding<EvaluationReport> finding(
      DictionaryTexts texts, Dictionary dictionary, PackedRows rows, Subject subject, Run run) {
    EvaluationReport report = report(texts, dictionary, rows, subject, run);
    List<String> caveats = new ArrayList<>();
    report.remark().ifPresent(caveats::add);
    caveats.add(report.start().words());
    caveats.addAll(subject.caveats());
    return new Finding<>(
        card().schema(),
        String.format(
            Locale.ROOT,
            "How much of %s does %s hold on %,d held-out positions?",
            report.model(),
            report.dictionary(),
            report.result().positions()),
        report,
        evidence(report),
        caveats,
        subject.provenance(run));
  }

  /** The figures alone. */
  static EvaluationReport report(
      DictionaryTexts texts, Dictionary dictionary, PackedRows rows, Subject subject, Run run) {
    LanguageModel model = subject.weights();
    LeftOut leftOut = texts.leftOut(model);
    long most = Math.min(texts.rows(), rows.count());
    DictionaryEvaluation evaluation =
        new DictionaryEvaluation(
            model.transformer().watched(run::check), dictionary, rows, most, leftOut, run.seed());
    try (Steps steps = run.steps("evaluating rows", Counted.ROWS, most)) {
      return new EvaluationReport(
          dictionary.info().name(),
          model.name(),
          evaluation.run(steps::at),
          leftOut,
          texts.start(model));
    }
  }

  /** What the model loses with reconstructions in place, beside what it loses with zeros there. */
  static List<Evidence> evidence(EvaluationReport report) {
    List<Evidence> evidence = new ArrayList<>();
    for (Replaced replaced : report.result().replaced()) {
      evidence.add(
          Evidence.noted(
              "Loss recovered with reconstructions at " + replaced.what(),
              Support.INTERVENED,
              replaced.recovered(),
              String.format(
                  Locale.ROOT,
                  "loss %.4f, with reconstructions %.4f, with zeros %.4f",
                  replaced.loss().value(),
                  replaced.replacedLoss().value(),
                  replaced.zeroLoss().value())));
    }
    return evidence;
  }
}

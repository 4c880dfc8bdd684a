package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Influence of all documents of a fit on several completions in one model.
 *
 * @param name of the model
 * @param completions by question
 * @param losses of the completions, in nats
 * @param totals {@code [question][document]}
 * @param ranks what documents are ordered by, likewise
 * @param texts what the documents say
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record ModelScores(
    String name,
    List<Sequence> sequences,
    List<Completion> completions,
    double[] losses,
    double[][] totals,
    double[][] ranks,
    List<String> texts) {
  /**
   * By one pass over the documents.
   *
   * @param corpus where they are now; where the fit found them when empty
   * @param relative whether they are ordered by influence over the norm of their gradient
   */
  static ModelScores of(
      Subject subject,
      Path fit,
      Optional<Path> corpus,
      boolean relative,
      List<PlantedQuestion> questions,
      Run run) {
    try (SequenceGradients network = Networks.of(subject)) {
      FittedText fitted = FittedText.of(fit, corpus, subject, network);
      List<BlockMap> maps = List.copyOf(fitted.described().sha256().keySet());
      List<Completion> completions = new ArrayList<>();
      for (PlantedQuestion each : questions) {
        completions.add(Completion.of(subject, network, each.prompt(), Optional.of(each.answer())));
      }
      List<Sequence> sequences = fitted.read(run).sequences();
      Scorer scorer = new Scorer(network);
      Scorer.Scores scores;
      try (StoredFactors factors =
              StoredFactors.read(new FitFolder(fit), fitted.described(), network);
          var _ = NativeScope.open()) {
        Map<BlockMap, Tensor> products = new LinkedHashMap<>();
        scorer
            .gradients(completions.stream().map(Completion::sequence).toList(), maps, run)
            .forEach((map, gradient) -> {
              MapFactors of = CurvatureFit.of(factors.byMap(), map);
              products.put(map, of.inverses(gradient, of.heuristicDamping()));
            });
        scores = scorer.score(sequences, products, run);
      }
      double[][] totals = new double[completions.size()][sequences.size()];
      double[][] ranks = new double[completions.size()][sequences.size()];
      for (int q = 0; q < totals.length; q++) {
        for (int n = 0; n < totals[q].length; n++) {
          totals[q][n] = scores.total(n, q);
          double norm = relative ? Math.sqrt(scores.squaredNorms()[n]) : 1;
          ranks[q][n] = norm > 0 ? totals[q][n] / norm : 0;
        }
      }
      double[] losses =
          completions.stream()
              .map(Completion::sequence)
              .mapToDouble(each -> network.loss(each.tokens(), each.counts()))
              .toArray();
      List<String> texts =
          sequences.stream()
              .map(each -> {
                StringBuilder text = new StringBuilder();
                for (int t = 1; t < each.tokens().length; t++) {
                  text.append(subject.weights().tokenizer().tokenText(each.tokens()[t]));
                }
                return text.toString();
              })
              .toList();
      return new ModelScores(
          subject.weights().name(), sequences, completions, losses, totals, ranks, texts);
    }
  }
}

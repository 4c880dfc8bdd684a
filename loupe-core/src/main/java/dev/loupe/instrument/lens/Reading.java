package dev.loupe.instrument.lens;

import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/** One prompt decoded by the lens. */
final class Reading {
  /** Gap of logits relative to the largest: the same sums by other operations of the engine. */
  private static final double SAME_TOLERANCE = 1e-4;

  private static final double SAME_TOLERANCE_OF_BFLOAT16 = 2e-2;
  private static final double LEVEL = 0.95;
  private static final int DRAWS = 5;

  private final Subject subject;
  private final Run run;
  private final Transformer model;

  Reading(Subject subject, Run run) {
    this.subject = subject;
    this.run = run;
    this.model = subject.transformer().watched(run::check);
  }

  /** Which positions of which tokens. */
  private record Asked(TokenSequence tokens, int at, int from) {
    int[] ids() {
      return Arrays.copyOf(tokens.ids(), at + 1);
    }

    int count() {
      return at + 1 - from;
    }
  }

  private Asked asked(LensRequest request) {
    TokenSequence tokens = subject.prompt(request.prompt(), request.rendered());
    int at = subject.position(request.at(), tokens);
    return new Asked(tokens, at, Math.max(0, at + 1 - request.positions()));
  }

  /** From one run of the prompt and one reading of its end. */
  Cost estimate(LensRequest request) {
    Asked asked = asked(request);
    int layers = model.config().layers();
    long began = System.nanoTime();
    long read;
    try (var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(TokenBatch.of(asked.ids()), Hooks.NONE, null);
      read = System.nanoTime();
      model.unembed(end(hidden.select(0, 0), asked)).logSoftmax(-1);
    }
    double forward = (read - began) / 1e9;
    double reading = (System.nanoTime() - read) / 1e9;
    long logits = 6L * asked.count() * model.config().vocabulary() * Float.BYTES;
    return new Cost(
        forward * (3 + DRAWS) + 2 * reading * (layers + 1),
        Engine.residentBytes() + logits,
        0,
        String.format(
            Locale.ROOT, "%,d positions read after %d blocks", asked.count(), layers + 1));
  }

  Finding<LensReport> ask(LensRequest request, String schema) {
    Asked asked = asked(request);
    run.check();
    try (var _ = NativeScope.open()) {
      Tensor logits = model.unembed(end(hidden(asked, Hooks.NONE), asked)).to(DType.F64);
      Tensor own = logits.logSoftmax(1);
      long[] predicted = logits.argmax(1).toLongs();
      List<LensReport.Layer> layers = new ArrayList<>();
      double[] gap = new double[1];
      try (Steps steps = run.steps("reading blocks", Counted.LAYERS, model.config().layers())) {
        hidden(asked, reading(asked, own, predicted, logits, layers, gap, steps));
      }
      LensReport report =
          new LensReport(
              subject.weights().name(), positions(asked, predicted), layers, settled(layers));
      return new Finding<>(
          schema,
          "From which block on does %s say “%s”?"
              .formatted(subject.weights().name(), report.followed().predicted()),
          report,
          evidence(asked, report, predicted, gap[0]),
          caveats(asked),
          subject.provenance(run));
    }
  }

  /** The input of the unembedding {@code [pos, d_embedding]}. */
  private Tensor hidden(Asked asked, Hooks hooks) {
    return model.hidden(TokenBatch.of(asked.ids()), hooks, null).select(0, 0);
  }

  private static Tensor end(Tensor rows, Asked asked) {
    return rows.slice(0, asked.from(), asked.at() + 1);
  }

  private Hooks reading(
      Asked asked,
      Tensor own,
      long[] predicted,
      Tensor logits,
      List<LensReport.Layer> layers,
      double[] gap,
      Steps steps) {
    int last = model.config().layers() - 1;
    Hooks hooks =
        Hooks.observe(
            new Tap(Site.RESID_PRE, 0),
            stream -> layers.add(new LensReport.Layer(0, cells(asked, stream, own, predicted))));
    for (int layer = 0; layer <= last; layer++) {
      int number = layer + 1;
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.RESID_POST, layer),
                  stream -> {
                    layers.add(new LensReport.Layer(number, cells(asked, stream, own, predicted)));
                    if (number > last) {
                      gap[0] = gap(lens(asked, stream), logits);
                    }
                    steps.at(number);
                  }));
    }
    return hooks;
  }

  /** Logits {@code [position, d_vocab]} of the current stream. */
  private Tensor lens(Asked asked, Tensor stream) {
    int[] ids = Arrays.copyOfRange(asked.ids(), asked.from(), asked.at() + 1);
    Tensor rows = stream.slice(1, asked.from(), asked.at() + 1);
    Tensor read = model.onward(model.config().layers(), rows, TokenBatch.of(ids), Hooks.NONE, null);
    return model.unembed(read).select(0, 0).to(DType.F64);
  }

  private static double gap(Tensor lens, Tensor logits) {
    return lens.minus(logits).abs().max().item() / Math.max(1e-9, logits.abs().max().item());
  }

  private List<LensReport.Cell> cells(Asked asked, Tensor stream, Tensor own, long[] predicted) {
    try (var _ = NativeScope.open()) {
      Tensor lens = lens(asked, stream).logSoftmax(1);
      Tensor answers = Tensor.of(predicted, predicted.length, 1);
      Tensor answer = lens.gather(1, answers);
      double[] ranks = lens.greaterThan(answer).to(DType.F64).sum(false, 1).toDoubles();
      double[] divergences = own.exp().times(own.minus(lens)).sum(false, 1).toDoubles();
      double[] answered = answer.exp().reshape(-1).toDoubles();
      long[] first = lens.argmax(1).toLongs();
      double[] firsts = lens.gather(1, Tensor.of(first, first.length, 1)).exp().toDoubles();
      return IntStream.range(0, first.length)
          .mapToObj(i ->
              new LensReport.Cell(
                  text(first[i]),
                  firsts[i],
                  1 + (int) ranks[i],
                  answered[i],
                  Math.max(0, divergences[i])))
          .toList();
    }
  }

  private String text(long token) {
    return subject.weights().tokenizer().tokenText(Math.toIntExact(token));
  }

  private List<LensReport.Position> positions(Asked asked, long[] predicted) {
    return IntStream.range(0, asked.count())
        .mapToObj(i ->
            new LensReport.Position(
                asked.from() + i,
                asked.tokens().token(asked.from() + i).text(),
                text(predicted[i])))
        .toList();
  }

  private static int settled(List<LensReport.Layer> layers) {
    int settled = layers.size() - 1;
    while (settled > 0 && layers.get(settled - 1).cells().getLast().rank() == 1) {
      settled--;
    }
    return settled;
  }

  private List<Evidence> evidence(Asked asked, LensReport report, long[] predicted, double gap) {
    List<Evidence> evidence = new ArrayList<>();
    double tolerance = model.dtype() == DType.BF16 ? SAME_TOLERANCE_OF_BFLOAT16 : SAME_TOLERANCE;
    evidence.add(
        Evidence.atMost(
            tolerance,
            "After the last block the lens gives the model's own logits",
            Support.OBSERVED,
            Estimate.exactly(gap, "largest gap relative to the largest logit"),
            ""));
    evidence.add(agreement(report, predicted));
    int later = model.config().layers() - report.settled();
    if (later > 0 && report.settled() > 0 && asked.at() > 0) {
      evidence.add(withoutAttention(asked, report, predicted[predicted.length - 1], later));
    }
    return evidence;
  }

  /** Beside the same share for the prediction of another position. */
  private Evidence agreement(LensReport report, long[] predicted) {
    List<LensReport.Cell> cells = report.layers().get(report.settled()).cells();
    int count = predicted.length;
    long agree = cells.stream().filter(cell -> cell.rank() == 1).count();
    List<Integer> others = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(others, new Random(run.seed()));
    long chance =
        IntStream.range(0, count)
            .filter(i -> cells.get(i).text().equals(text(predicted[others.get(i)])))
            .count();
    return Evidence.noted(
        "After block %d the lens puts the model's prediction first, over the positions read"
            .formatted(report.settled()),
        Support.OBSERVED,
        Proportion.wilson(agree, count, LEVEL),
        "with predictions of shuffled positions: %d of %d".formatted(chance, count));
  }

  /**
   * If nothing is decided any more after that block, the position need not look at others there:
   * its attention is ablated in the later blocks, beside as many random earlier ones.
   */
  private Evidence withoutAttention(Asked asked, LensReport report, long answer, int later) {
    int layers = model.config().layers();
    int settled = report.settled();
    double after = probability(asked, IntStream.range(settled, layers).boxed().toList(), answer);
    Random random = new Random(run.seed());
    double sum = 0;
    List<Integer> earlier = new ArrayList<>(IntStream.range(0, settled).boxed().toList());
    for (int draw = 0; draw < DRAWS; draw++) {
      run.check();
      Collections.shuffle(earlier, random);
      sum += probability(asked, earlier.subList(0, Math.min(later, settled)), answer);
    }
    double own = report.layers().getLast().cells().getLast().predicted();
    return Evidence.noted(
        "With attention of this position ablated in the %d blocks after that, probability of the prediction"
            .formatted(later),
        Support.INTERVENED,
        Estimate.exactly(after, "probability"),
        String.format(
            Locale.ROOT,
            "%.3f as it is; %.3f with attention ablated in %d random earlier blocks, mean of %d draws",
            own,
            sum / DRAWS,
            Math.min(later, settled),
            DRAWS));
  }

  private double probability(Asked asked, List<Integer> blocks, long answer) {
    int last = asked.at();
    Hooks hooks = Hooks.NONE;
    for (int block : blocks) {
      hooks =
          hooks.and(
              Hooks.replace(
                  new Tap(Site.ATTN_OUT, block),
                  out -> {
                    Tensor changed = out.copy();
                    changed.slice(1, last, last + 1L).fillInPlace(0);
                    return changed;
                  }));
    }
    try (var _ = NativeScope.open()) {
      return model
          .unembed(hidden(asked, hooks).slice(0, last, last + 1L))
          .to(DType.F64)
          .softmax(1)
          .select(0, 0)
          .slice(0, answer, answer + 1)
          .item();
    }
  }

  private List<String> caveats(Asked asked) {
    List<String> caveats = new ArrayList<>(subject.caveats(asked.tokens()));
    caveats.add(
        "The lens reads early blocks in a basis that they may not use; a token that it names there need not be what the model computes with.");
    if (asked.from() > 0) {
      caveats.add(
          String.format(
              Locale.ROOT, "The %,d positions before were left out (`positions`).", asked.from()));
    }
    return caveats;
  }
}

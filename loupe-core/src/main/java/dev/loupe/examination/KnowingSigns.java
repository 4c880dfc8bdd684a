package dev.loupe.examination;

import dev.loupe.audit.Grade;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.examination.AuditExamination.Given;
import dev.loupe.examination.AuditScores.Inside;
import dev.loupe.examination.AuditScores.Sign;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.generate.NextTokens;
import dev.loupe.statistics.Auroc;
import dev.loupe.statistics.RidgeLogistic;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What inside the model tells its right answers from its wrong ones, before it answers: every other
 * person fits, the others judge. Beside each sign the answer's own probability over the same
 * people.
 */
final class KnowingSigns {
  /** People whose answers are traced at most. */
  static final int TRACED = 100;

  private static final double LEVEL = 0.95;

  private final Subject subject;
  private final FeatureBasis basis;
  private final List<Given> given;
  private final boolean[] right;

  /** {@code [layers][n, d_model]}, at the last token. */
  private final double[][][] streams;

  /** {@code [layers][n, n_features]}, at the name's last token. */
  private final float[][][] features;

  private final double[] margin;
  private final int[] fitting;
  private final int[] judging;

  /**
   * Of answers that are right or wrong.
   *
   * @param answers to statements, in which every model goes on
   */
  KnowingSigns(Subject subject, List<Given> answers) {
    this.subject = subject;
    this.basis = subject.basis().basis();
    this.given = answers.stream().filter(Given::isAttempt).toList();
    int n = given.size();
    this.right = new boolean[n];
    for (int i = 0; i < n; i++) {
      right[i] = given.get(i).grade() == Grade.RIGHT;
    }
    this.streams = new double[subject.transformer().config().layers()][n][];
    this.features = new float[basis.layers().size()][n][];
    this.margin = new double[n];
    this.fitting = IntStream.range(0, n).filter(i -> i % 2 == 0).toArray();
    this.judging = IntStream.range(0, n).filter(i -> i % 2 == 1).toArray();
  }

  /** Seconds by those of a forward pass: a read, and a trace of some of them. */
  static double seconds(int people, double pass) {
    return people * 2 * pass + Math.min(TRACED, people / 2) * 60 * pass;
  }

  Inside measure(Run run) {
    read(run);
    List<Sign> signs = new ArrayList<>();
    signs.add(sign("the answer's own probability", judging, i -> given.get(i).probability()));
    signs.add(sign("margin of the first token's logit over the second", judging, i -> margin[i]));
    for (int layer = 0; layer < streams.length; layer++) {
      RidgeLogistic probe = RidgeLogistic.chosen(rows(streams[layer], fitting), outcomes(fitting));
      int at = layer;
      signs.add(
          sign(
              "probe of the stream after layer %d".formatted(layer),
              judging,
              i -> probe.logit(streams[at][i])));
      run.check();
    }
    signs.add(best());
    int[] some = some(run.seed());
    signs.add(share(some, run));
    return new Inside(fitting.length, judging.length, some.length, signs);
  }

  private void read(Run run) {
    Tokenizer tokenizer = subject.weights().tokenizer();
    List<int[]> prompts =
        given.stream().map(each -> tokenizer.ids(each.asked().statement(), true)).toList();
    new NextTokens(subject.transformer())
        .distributions(
            prompts,
            (i, probabilities) -> {
              double first = 0;
              double second = 0;
              for (float p : probabilities) {
                second = Math.max(second, Math.min(first, p));
                first = Math.max(first, p);
              }
              margin[i] = Math.log(first) - Math.log(second);
            });
    try (Steps steps = run.steps("reading the stream", Counted.QUESTIONS, given.size())) {
      for (int i = 0; i < prompts.size(); i++) {
        subject.transformer().observe(TokenBatch.of(prompts.get(i)), hooks(i));
        steps.at(i + 1);
      }
    }
  }

  private Hooks hooks(int person) {
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; layer < streams.length; layer++) {
      int at = layer;
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.RESID_POST, layer),
                  stream -> {
                    float[] last = stream.slice(1, stream.size(1) - 1, stream.size(1)).toFloats();
                    streams[at][person] =
                        IntStream.range(0, last.length).mapToDouble(k -> last[k]).toArray();
                  }));
    }
    int name = nameEnd(given.get(person));
    for (int place = 0; place < features.length; place++) {
      int at = place;
      int layer = basis.layers().get(place);
      hooks =
          hooks.and(
              Hooks.observe(
                  basis.reads(layer),
                  input -> {
                    Tensor one = input.slice(1, name, name + 1).reshape(-1, input.size(-1));
                    SparseActivations active = basis.encode(layer, one);
                    float[] own = new float[basis.features(layer)];
                    for (int k = active.start(0); k < active.start(1); k++) {
                      own[active.feature(k)] = (float) active.value(k);
                    }
                    features[at][person] = own;
                  }));
    }
    return hooks;
  }

  /** The position of the last token of the name. */
  private int nameEnd(Given one) {
    return tokens(one, one.asked().person().length()) - 1;
  }

  /** Tokens up to so many characters of the name. */
  private int tokens(Given one, int ofName) {
    String text = one.asked().statement();
    int until = text.indexOf(one.asked().person()) + ofName;
    return subject.weights().tokenizer().ids(text.substring(0, until).stripTrailing(), true).length;
  }

  private static double[][] rows(double[][] all, int[] which) {
    return IntStream.of(which).mapToObj(i -> all[i]).toArray(double[][]::new);
  }

  private boolean[] outcomes(int[] which) {
    boolean[] some = new boolean[which.length];
    for (int i = 0; i < which.length; i++) {
      some[i] = right[which[i]];
    }
    return some;
  }

  private Auroc auroc(int[] which, IntToDoubleFunction score) {
    return new Auroc(IntStream.of(which).mapToDouble(score).toArray(), outcomes(which));
  }

  private Sign sign(String name, int[] which, IntToDoubleFunction score) {
    Auroc own = auroc(which, score);
    Auroc probability = auroc(which, i -> given.get(i).probability());
    return new Sign(name, own.estimate(LEVEL), own.less(probability, LEVEL));
  }

  /** The one feature, on or off the more for known names, that tells best where it was chosen. */
  private Sign best() {
    double most = 0;
    int layer = 0;
    int feature = 0;
    boolean lower = false;
    for (int at = 0; at < features.length; at++) {
      for (int k = 0; k < features[at][0].length; k++) {
        int place = at;
        int unit = k;
        double value = auroc(fitting, i -> features[place][i][unit]).value();
        if (Math.max(value, 1 - value) > most) {
          most = Math.max(value, 1 - value);
          layer = at;
          feature = k;
          lower = value < 0.5;
        }
      }
    }
    int place = layer;
    int unit = feature;
    int sign = lower ? -1 : 1;
    return sign(
        "%s activation of %d/%d (%s) at the name, chosen where the probes are fitted"
            .formatted(
                lower ? "low" : "high", basis.layers().get(layer), feature, subject.basis().name()),
        judging,
        i -> sign * features[place][i][unit]);
  }

  private int[] some(long seed) {
    List<Integer> all = new ArrayList<>(IntStream.of(judging).boxed().toList());
    Collections.shuffle(all, new Random(seed));
    return all.stream().limit(TRACED).sorted().mapToInt(Integer::intValue).toArray();
  }

  private Sign share(int[] some, Run run) {
    double[] shares = new double[given.size()];
    Trace trace = new Trace();
    try (Steps steps = run.steps("tracing", Counted.QUESTIONS, some.length)) {
      for (int i = 0; i < some.length; i++) {
        Given one = given.get(some[i]);
        TraceReport report =
            trace
                .ask(
                    TraceRequest.of(one.asked().statement()).withSets(TraceRequest.Sets.NONE),
                    subject,
                    Run.silent(run.seed()))
                .answer();
        shares[some[i]] = share(report, tokens(one, 0), nameEnd(one));
        steps.at(i + 1);
        run.check();
      }
    }
    return sign("share of the trace that starts in the name's tokens", some, i -> shares[i]);
  }

  private static double share(TraceReport report, int from, int to) {
    double sum = 0;
    List<Node> nodes = report.graph().nodes();
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i) instanceof Node.Token token
          && token.position() >= from
          && token.position() <= to) {
        sum += report.pruned().share(i);
      }
    }
    return sum;
  }
}

package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.TextPieces.Batch;
import dev.loupe.instrument.features.TextPieces.Piece;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The texts that a label is written from and tested on (as EleutherAI's delphi does it). Tested are
 * texts on which the feature fires, of all strengths and never those that the label was written
 * from, and as many drawn from the corpus on which it does not fire.
 */
final class LabelTexts {
  /** Strongest examples that the label is written from. */
  static final int SHOWN = 10;

  /** Texts of either kind that it is tested on. */
  static final int TESTED = 10;

  /** Texts drawn for every one that is needed: of a feature that fires often most are no use. */
  private static final int DRAWN = 8;

  /** A token counts as marked above this share of the text's strongest. */
  private static final double MARKED = 0.3;

  /** What is weaker than this share of the feature's strongest is no firing. */
  private static final double SILENT = 0.05;

  private final Subject subject;
  private final TextPieces pieces;

  /**
   * A text.
   *
   * @param tokens what it says
   * @param marked which tokens are marked when the text is shown with marks
   * @param active whether the feature fires on it
   */
  record Text(List<String> tokens, List<Boolean> marked, boolean active) {
    Text {
      tokens = List.copyOf(tokens);
      marked = List.copyOf(marked);
    }

    String plain() {
      return String.join("", tokens).replaceAll("\\s*\\R\\s*", " ");
    }

    /** With {@code <<} and {@code >>} around each run of marked tokens. */
    String withMarks() {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < tokens.size(); i++) {
        boolean before = i > 0 && marked.get(i - 1);
        if (marked.get(i) != before) {
          text.append(before ? ">>" : "<<");
        }
        text.append(tokens.get(i));
      }
      if (!marked.isEmpty() && marked.getLast()) {
        text.append(">>");
      }
      return text.toString().replaceAll("\\s*\\R\\s*", " ");
    }
  }

  LabelTexts(Subject subject, FeatureStore store) {
    this.subject = subject;
    int context = Integer.parseInt(store.facts().getOrDefault("context", "2"));
    this.pieces = TextPieces.of(store.tokens(), context, Long.MAX_VALUE);
  }

  /** The texts that a label is written from. */
  static List<Text> shown(StoredFeature feature) {
    return feature.strongest().stream().limit(SHOWN).map(LabelTexts::active).toList();
  }

  /**
   * The texts on which a label is tested, in an order drawn by the seed; empty if there are none.
   */
  List<Text> tested(StoredFeature feature, long seed) {
    Random random = new Random(seed);
    List<Text> active =
        new ArrayList<>(heldBack(feature).stream().map(LabelTexts::active).toList());
    Collections.shuffle(active, random);
    List<Text> chosen = active.subList(0, Math.min(TESTED, active.size()));
    List<Text> silent = silent(feature, chosen, random);
    List<Text> all = new ArrayList<>(chosen.subList(0, Math.min(chosen.size(), silent.size())));
    all.addAll(silent.subList(0, all.size()));
    Collections.shuffle(all, random);
    return all;
  }

  private static List<Example> heldBack(StoredFeature feature) {
    Set<Long> shown = new HashSet<>();
    feature.strongest().stream().limit(SHOWN).forEach(example -> shown.add(example.index()));
    List<Example> rest = new ArrayList<>();
    for (Example example : feature.weaker()) {
      if (shown.add(example.index())) {
        rest.add(example);
      }
    }
    for (Example example : feature.strongest()) {
      if (shown.add(example.index())) {
        rest.add(example);
      }
    }
    return rest;
  }

  private static Text active(Example example) {
    List<Float> activations = example.activations();
    List<Boolean> marked =
        activations.stream().map(activation -> activation > MARKED * example.activation()).toList();
    return new Text(example.texts(), marked, true);
  }

  /**
   * Texts drawn at random on which the feature does not fire, marked where one of the active ones
   * is.
   */
  private List<Text> silent(StoredFeature feature, List<Text> active, Random random) {
    if (active.isEmpty()) {
      return List.of();
    }
    List<Text> silent = new ArrayList<>();
    for (int draw = 0; draw < DRAWN && silent.size() < active.size(); draw++) {
      List<Piece> drawn = new ArrayList<>();
      for (int i = 0; i < active.size(); i++) {
        drawn.add(pieces.piece(random.nextInt(pieces.count())));
      }
      drawn.sort(Comparator.comparingInt(Piece::length));
      Batch batch = pieces.batch(drawn);
      float[] peaks = peaks(feature.id(), batch);
      for (int row = 0; row < peaks.length; row++) {
        if (peaks[row] <= SILENT * feature.largest()) {
          silent.add(text(batch, row, active.get(random.nextInt(active.size()))));
        }
      }
    }
    Collections.shuffle(silent, random);
    return silent;
  }

  /** How strong the feature gets in each row. */
  private float[] peaks(FeatureId id, Batch batch) {
    float[] peaks = new float[batch.rows().length];
    new FeatureRun(subject, List.of(id.layer()))
        .run(
            batch.rows(),
            (_, active, _) -> {
              for (int row = 0; row < peaks.length; row++) {
                for (int t = 1; t < batch.pieces().get(row).length(); t++) {
                  float value =
                      LayerStatistics.value(active, row * batch.width() + t, id.feature());
                  peaks[row] = Math.max(peaks[row], value);
                }
              }
            });
    return peaks;
  }

  /** As much of a piece as the example has tokens, with its marks. */
  private Text text(Batch batch, int row, Text like) {
    int length = Math.min(batch.pieces().get(row).length() - 1, like.tokens().size());
    List<String> tokens =
        IntStream.rangeClosed(1, length)
            .mapToObj(t -> subject.weights().tokenizer().tokenText(batch.rows()[row][t]))
            .toList();
    List<Boolean> marked = new ArrayList<>(like.marked().subList(0, length));
    if (!marked.contains(true)) {
      marked.set(length - 1, true); // a text without marks would be told by that alone
    }
    return new Text(tokens, marked, false);
  }
}

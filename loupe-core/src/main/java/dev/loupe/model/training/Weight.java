package dev.loupe.model.training;

import java.util.Arrays;

/**
 * The weights of a GPT-2 network in the order in which {@link Parameters} holds them: first the
 * block matrices, then the tables, then the vectors, so that what an optimiser treats alike lies
 * together. Matrices of blocks are {@code [in, out]} as in GPT-2's files, and those of all layers
 * follow each other.
 */
enum Weight {
  /** Query, key and value side by side, {@code [d_model, 3 · d_model]}. */
  QUERY_KEY_VALUE("h.%d.attn.c_attn.weight", Kind.MATRIX),
  /** {@code [d_model, d_model]}. */
  ATTENTION_OUT("h.%d.attn.c_proj.weight", Kind.MATRIX),
  /** {@code [d_model, d_mlp]}. */
  MLP_UP("h.%d.mlp.c_fc.weight", Kind.MATRIX),
  /** {@code [d_mlp, d_model]}. */
  MLP_DOWN("h.%d.mlp.c_proj.weight", Kind.MATRIX),
  /** {@code [d_vocab, d_model]}, the unembedding too. */
  EMBEDDING("wte.weight", Kind.TABLE),
  /** {@code [context, d_model]}. */
  POSITIONS("wpe.weight", Kind.TABLE),
  ATTENTION_NORM_GAIN("h.%d.ln_1.weight", Kind.VECTOR),
  ATTENTION_NORM_BIAS("h.%d.ln_1.bias", Kind.VECTOR),
  QUERY_KEY_VALUE_BIAS("h.%d.attn.c_attn.bias", Kind.VECTOR),
  ATTENTION_OUT_BIAS("h.%d.attn.c_proj.bias", Kind.VECTOR),
  MLP_NORM_GAIN("h.%d.ln_2.weight", Kind.VECTOR),
  MLP_NORM_BIAS("h.%d.ln_2.bias", Kind.VECTOR),
  MLP_UP_BIAS("h.%d.mlp.c_fc.bias", Kind.VECTOR),
  MLP_DOWN_BIAS("h.%d.mlp.c_proj.bias", Kind.VECTOR),
  FINAL_NORM_GAIN("ln_f.weight", Kind.VECTOR),
  FINAL_NORM_BIAS("ln_f.bias", Kind.VECTOR);

  /** What optimisers tell apart. */
  enum Kind {
    /** A linear map of a block. */
    MATRIX,
    /** Rows picked by token or position. */
    TABLE,
    /** Gains and biases. */
    VECTOR
  }

  private final String name;
  private final Kind kind;

  Weight(String name, Kind kind) {
    this.name = name;
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  boolean isPerLayer() {
    return name.startsWith("h.");
  }

  /** How often the network has it. */
  int copies(ModelShape shape) {
    return isPerLayer() ? shape.layers() : 1;
  }

  /** Its name in a Hugging Face checkpoint. */
  String fileName(int layer) {
    return "transformer." + name.formatted(layer);
  }

  /** The shape of one. */
  long[] sizes(ModelShape shape) {
    long width = shape.width();
    long mlp = shape.mlpWidth();
    return switch (this) {
      case QUERY_KEY_VALUE -> new long[] {width, 3 * width};
      case ATTENTION_OUT -> new long[] {width, width};
      case MLP_UP -> new long[] {width, mlp};
      case MLP_DOWN -> new long[] {mlp, width};
      case EMBEDDING -> new long[] {shape.vocabulary(), width};
      case POSITIONS -> new long[] {shape.context(), width};
      case QUERY_KEY_VALUE_BIAS -> new long[] {3 * width};
      case MLP_UP_BIAS -> new long[] {mlp};
      case ATTENTION_NORM_GAIN,
          ATTENTION_NORM_BIAS,
          ATTENTION_OUT_BIAS,
          MLP_NORM_GAIN,
          MLP_NORM_BIAS,
          MLP_DOWN_BIAS,
          FINAL_NORM_GAIN,
          FINAL_NORM_BIAS ->
          new long[] {width};
    };
  }

  /** How many numbers all its copies have. */
  long count(ModelShape shape) {
    return copies(shape) * Arrays.stream(sizes(shape)).reduce(1, Math::multiplyExact);
  }

  /** Where its numbers begin among all. */
  long offset(ModelShape shape) {
    long offset = 0;
    for (Weight before : values()) {
      if (before == this) {
        break;
      }
      offset += before.count(shape);
    }
    return offset;
  }
}

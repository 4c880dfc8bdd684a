package dev.loupe.bench;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntSupplier;

/** Prefill and decode of a model, one JSON line a measurement; see forward-decode.sh. */
public final class ForwardDecode {
  private static final int[] PREFILL = {12, 64, 512, 2000};
  private static final int DECODE = 128;
  private static final int CHUNK = 2048;

  /** Nanoseconds: until the JVM has compiled what it runs. */
  private static final long WARM_UP = 2_000_000_000L;

  private final Transformer model;

  private ForwardDecode(Transformer model) {
    this.model = model;
  }

  /** Arguments: the model's folder or file, float32 or bfloat16, threads, repeats. */
  public static void main(String[] arguments) {
    DType dtype = arguments[1].equals("bfloat16") ? DType.BF16 : DType.F32;
    int repeats = Integer.parseInt(arguments[3]);
    Engine.useThreads(Integer.parseInt(arguments[2]));
    try (Transformer model =
        ModelLoader.transformer(Path.of(arguments[0]), LoadOptions.of(dtype))) {
      ForwardDecode bench = new ForwardDecode(model);
      for (int length : PREFILL) {
        warmUp(() -> bench.prefill(length));
        for (int i = 0; i < repeats; i++) {
          report(arguments[1], "prefill " + length, () -> bench.prefill(length));
        }
      }
      warmUp(bench::decode);
      for (int i = 0; i < repeats; i++) {
        report(arguments[1], "decode " + DECODE, bench::decode);
      }
    }
  }

  private static void warmUp(IntSupplier work) {
    long start = System.nanoTime();
    do {
      var _ = work.getAsInt();
    } while (System.nanoTime() - start < WARM_UP);
  }

  private static void report(String dtype, String what, IntSupplier work) {
    long start = System.nanoTime();
    int last = work.getAsInt();
    System.out.printf(
        Locale.ROOT,
        "{\"engine\": \"loupe\", \"dtype\": \"%s\", \"case\": \"%s\","
            + " \"seconds\": %.5f, \"last\": %d}%n",
        dtype,
        what,
        (System.nanoTime() - start) / 1e9,
        last);
  }

  private int prefill(int length) {
    try (KeyValueCache cache = new KeyValueCache(model.config().layers())) {
      return prefill(length, cache);
    }
  }

  private int prefill(int length, KeyValueCache cache) {
    int next = 0;
    for (int from = 0; from < length; from += CHUNK) {
      int[] ids = new int[Math.min(CHUNK, length - from)];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = ((from + i) * 7919 + 13) % 49_000;
      }
      next = run(ids, cache);
    }
    return next;
  }

  private int run(int[] ids, KeyValueCache cache) {
    try (var _ = NativeScope.open()) {
      Tensor logits = model.unembed(model.lastHidden(TokenBatch.of(ids), Hooks.NONE, cache));
      return (int) logits.argmax(-1).item();
    }
  }

  private int decode() {
    try (KeyValueCache cache = new KeyValueCache(model.config().layers())) {
      int token = prefill(12, cache);
      for (int i = 0; i < DECODE; i++) {
        token = run(new int[] {token}, cache);
      }
      return token;
    }
  }
}

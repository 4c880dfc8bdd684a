package dev.loupe.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One tokenizer in native memory. The binding's plain functions are called directly: its friendlier
 * class reports its use over the network and may look up files on a hub.
 */
final class NativeTokenizer implements AutoCloseable {
  /**
   * One token as the library gives it, with its half-open range of code points; {@code 0, 0} where
   * the tokenizer put it in.
   */
  record Encoded(int id, String piece, int start, int end, boolean added) {}

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  /**
   * @throws RuntimeException if the native library refuses the document, with its reason
   */
  NativeTokenizer(String json) {
    TokenizersLibrary library = NativeLibrary.get();
    handle = library.createTokenizerFromString(json);
    // Loupe decides itself how long a prompt may be, and pads its own batches.
    library.disableTruncation(handle);
    library.disablePadding(handle);
  }

  List<Encoded> encode(String text, boolean addSpecialTokens) {
    return reading(tokenizer -> {
      TokenizersLibrary library = NativeLibrary.get();
      long encoding = library.encode(tokenizer, text, addSpecialTokens);
      try {
        long[] ids = library.getTokenIds(encoding);
        String[] pieces = library.getTokens(encoding);
        @Nullable CharSpan[] spans = library.getTokenCharSpans(encoding);
        long[] added = library.getSpecialTokenMask(encoding);
        List<Encoded> tokens = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
          CharSpan span = spans[i];
          int start = span == null ? 0 : span.getStart();
          int end = span == null ? 0 : span.getEnd();
          tokens.add(new Encoded(Math.toIntExact(ids[i]), pieces[i], start, end, added[i] != 0));
        }
        return tokens;
      } finally {
        library.deleteEncoding(encoding);
      }
    });
  }

  long[] encodeIds(String text, boolean addSpecialTokens) {
    return reading(tokenizer -> {
      TokenizersLibrary library = NativeLibrary.get();
      long encoding = library.encode(tokenizer, text, addSpecialTokens);
      try {
        return library.getTokenIds(encoding);
      } finally {
        library.deleteEncoding(encoding);
      }
    });
  }

  EncoderInput encodeForEncoder(String text, Optional<String> second) {
    return reading(tokenizer -> {
      TokenizersLibrary library = NativeLibrary.get();
      long encoding =
          second.isPresent()
              ? library.encodeDual(tokenizer, text, second.get(), true)
              : library.encode(tokenizer, text, true);
      try {
        return new EncoderInput(library.getTokenIds(encoding), library.getTypeIds(encoding));
      } finally {
        library.deleteEncoding(encoding);
      }
    });
  }

  String decode(long[] ids, boolean skipSpecial) {
    return reading(tokenizer -> NativeLibrary.get().decode(tokenizer, ids, skipSpecial));
  }

  /** Frees the native memory once the calls in progress have ended. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (handle != 0) {
        NativeLibrary.get().deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T reading(LongFunction<T> call) {
    lock.readLock().lock();
    try {
      if (handle == 0) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      return call.apply(handle);
    } finally {
      lock.readLock().unlock();
    }
  }
}

package dev.loupe.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Loads the native tokenizer library out of its jar, once, without the network. The unpacked copy
 * is kept in {@code loupe/native} of the user's cache folder unless {@code ENGINE_CACHE_DIR} or
 * {@code DJL_CACHE_DIR} name another place.
 */
final class NativeLibrary {
  private NativeLibrary() {}

  /**
   * @throws LoupeException if the library cannot be unpacked or loaded on this machine
   */
  static TokenizersLibrary get() {
    try {
      return Holder.LIBRARY;
    } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
      throw LoupeException.resource(
          "the native tokenizer library cannot be loaded: " + rootCause(e).getMessage(),
          "check that "
              + cacheFolder()
              + " is writable, or set ENGINE_CACHE_DIR to a folder that is",
          e);
    }
  }

  private static final class Holder {
    static final TokenizersLibrary LIBRARY = load();

    private static TokenizersLibrary load() {
      // The binding reads these when it is first touched; there is no other way to tell it.
      setIfAbsent("ai.djl.offline", "true");
      setIfAbsent("OPT_OUT_TRACKING", "true");
      setIfAbsent("RUST_FLAVOR", "cpu");
      if (named("DJL_CACHE_DIR").isEmpty()) {
        setIfAbsent("ENGINE_CACHE_DIR", cacheFolder().toString());
      }
      LibUtils.checkStatus();
      return TokenizersLibrary.LIB;
    }

    private static void setIfAbsent(String key, String value) {
      if (named(key).isEmpty()) {
        System.setProperty(key, value);
      }
    }
  }

  private static Path cacheFolder() {
    return named("ENGINE_CACHE_DIR")
        .or(() -> named("DJL_CACHE_DIR"))
        .map(Path::of)
        .orElseGet(() ->
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("loupe")
                .resolve("native"));
  }

  private static Optional<String> named(String key) {
    return Optional.ofNullable(System.getenv(key))
        .or(() -> Optional.ofNullable(System.getProperty(key)))
        .filter(value -> !value.isBlank());
  }

  private static Throwable rootCause(Throwable error) {
    Throwable cause = error.getCause();
    return cause == null ? error : rootCause(cause);
  }
}

package dev.loupe.cli;

/** Whether progress and notes are welcome, which the command line says while it is read. */
public final class Verbosity {
  private volatile boolean quiet;

  boolean quiet() {
    return quiet;
  }

  void quiet(boolean silent) {
    quiet = silent;
  }
}

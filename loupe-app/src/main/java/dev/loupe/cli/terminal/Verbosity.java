package dev.loupe.cli.terminal;

/** Whether progress and notes are welcome, which the command line says while it is read. */
public final class Verbosity {
  private volatile boolean quiet;

  boolean quiet() {
    return quiet;
  }

  public void quiet(boolean silent) {
    quiet = silent;
  }
}

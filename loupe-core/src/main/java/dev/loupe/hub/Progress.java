package dev.loupe.hub;

/**
 * Receives the progress of a download. Called from the thread that downloads, many times a second.
 */
public interface Progress {
  /**
   * A file is at {@code done} of {@code total} bytes; {@code done} falls back when a server cannot
   * resume.
   */
  void at(String file, long done, long total);

  /** Something the user may want to know, such as a retry; one sentence. */
  void note(String message);

  /** Hears and says nothing. */
  static Progress silent() {
    return new Progress() {
      @Override
      public void at(String file, long done, long total) {}

      @Override
      public void note(String message) {}
    };
  }
}

package dev.loupe.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Standard output that remembers why a write failed: a {@code PrintStream} above it only knows that
 * one did, and a closed pipe is not a failure while a full disk is.
 */
public final class StandardOutput extends OutputStream {
  private final OutputStream target;
  private Optional<IOException> failure = Optional.empty();

  public StandardOutput(OutputStream target) {
    this.target = target;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }

  /** Why a write failed; empty when all went well or the reader simply stopped reading. */
  public Optional<IOException> failure() {
    return failure.filter(e -> !String.valueOf(e.getMessage()).contains("Broken pipe"));
  }
}

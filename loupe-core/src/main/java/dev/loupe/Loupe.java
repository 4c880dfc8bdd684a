package dev.loupe;

/** The library's front door. */
public final class Loupe {
  /** The version of this build. */
  public static final String VERSION = "0.1.0";

  private Loupe() {}
}

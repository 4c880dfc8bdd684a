package dev.loupe.instrument;

/** What an instrument needs of its subject, each including those before it. */
public enum Needs {
  /** Text in and out, as a remote server gives it. */
  TEXT,
  /** The weights in hand. */
  WEIGHTS,
  /** The weights and a basis of features. */
  BASIS
}

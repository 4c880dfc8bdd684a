package dev.loupe.world;

/** A supply of documents of one family. */
interface Source {
  /** How much is left, in the unit of the supply; 0 when it is used up. */
  long remaining();

  /** The next document; only while some remain. */
  Draft next();
}

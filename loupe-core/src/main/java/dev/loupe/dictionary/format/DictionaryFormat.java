package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** One file format. */
interface DictionaryFormat {
  /** The name by which people ask for it. */
  String name();

  /** The files that show it, for messages. */
  String files();

  /** Whether a folder holds it. */
  boolean isIn(Path folder);

  /**
   * Reads a folder.
   *
   * @param at overrides what the files say of their place
   * @param opened takes every file that is opened
   * @throws LoupeException if something is missing, damaged or not supported
   */
  Dictionary read(Path folder, Optional<Place> at, OpenFiles opened);

  /**
   * Refuses a dictionary that the format cannot express.
   *
   * @throws LoupeException naming what it cannot express
   */
  void requireExpressible(Dictionary dictionary);

  /** How many bytes the tensors take, converted. */
  default long bytes(Dictionary dictionary) {
    return dictionary.bytes();
  }

  /** Writes the files into a folder that exists and is empty. */
  void write(Dictionary dictionary, Path folder) throws IOException;

  /** A refusal of a dictionary that the format cannot express. */
  default LoupeException cannotSay(String what) {
    return LoupeException.badInput(
        "the format " + name() + " cannot express " + what, "Choose another format.");
  }
}

package dev.loupe.hub;

import dev.loupe.fault.LoupeException;

/**
 * The secret for private and gated models. It prints as stars, so that no log, message or record
 * that holds it can leak it.
 */
public record AccessToken(String value) {
  /**
   * @throws LoupeException if the token cannot be sent in an HTTP header
   */
  public AccessToken {
    if (!value.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw LoupeException.badInput(
          "the access token of the hub holds a space or another character that no token has",
          "Copy the token again into HF_TOKEN or the token file.");
    }
  }

  @Override
  public String toString() {
    return "***";
  }
}

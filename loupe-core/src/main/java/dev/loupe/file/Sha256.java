package dev.loupe.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of parts in their order. */
public final class Sha256 {
  private final MessageDigest digest;

  /** Of no part yet. */
  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The hash of one text in lower-case hex. */
  public static String of(String text) {
    return new Sha256().add(text).hex();
  }

  /** Adds the text's bytes in UTF-8. */
  public Sha256 add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds bytes. */
  public Sha256 add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  /** Adds what remains of the buffer. */
  public Sha256 add(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  /** The hash's 32 bytes; the next part begins anew. */
  public byte[] bytes() {
    return digest.digest();
  }

  /** The hash in lower-case hex; the next part begins anew. */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}

package dev.loupe.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Hashes of files, by which the hub names its blobs. */
public enum Checksum {
  /** Of large files: the SHA-256 of the bytes. */
  SHA256("SHA-256"),
  /** Of small files: git's blob id, the SHA-1 of {@code blob LENGTH\0} and the bytes. */
  GIT_BLOB("SHA-1"),
  /** A mirror's own etag: it says nothing about the bytes, so that only the length is checked. */
  NONE("");

  private static final Pattern HEX_64 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern HEX_40 = Pattern.compile("[0-9a-f]{40}");
  private static final int BUFFER_BYTES = 1 << 20;

  private final String algorithm;

  Checksum(String algorithm) {
    this.algorithm = algorithm;
  }

  /** Which sum an etag is. */
  static Checksum of(String etag) {
    if (HEX_64.matcher(etag).matches()) {
      return SHA256;
    }
    return HEX_40.matcher(etag).matches() ? GIT_BLOB : NONE;
  }

  /** Whether the file's bytes have the sum {@code etag}. */
  boolean matches(Path file, String etag) throws IOException {
    return this == NONE || sum(file).equals(etag);
  }

  /** The file's hash in lower-case hex. */
  public String sum(Path file) throws IOException {
    MessageDigest digest = digest();
    if (this == GIT_BLOB) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The sum of a short text in lower-case hex. */
  String sum(String text) {
    return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private MessageDigest digest() {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}

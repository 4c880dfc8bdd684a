package dev.loupe.world;

import dev.loupe.file.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * A file of lines that knows the SHA-256 of its content. Of a compressed file it is the content
 * that is hashed: compressors differ in their bytes.
 */
final class LineFile implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final String name;
  private final Map<String, String> hashes;
  private final Sha256 hash = new Sha256();
  private final OutputStream out;

  private LineFile(Path file, OutputStream out, Map<String, String> hashes) {
    this.name = file.getFileName().toString();
    this.hashes = hashes;
    this.out = out;
  }

  static LineFile plain(Path file, Map<String, String> hashes) throws IOException {
    return new LineFile(
        file, new BufferedOutputStream(Files.newOutputStream(file), BUFFER), hashes);
  }

  static LineFile compressed(Path file, Map<String, String> hashes) throws IOException {
    return new LineFile(
        file,
        new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file), BUFFER), BUFFER),
        hashes);
  }

  void write(String line) throws IOException {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    hash.add(bytes);
    out.write(bytes);
  }

  /** Notes the hash under the file's name. */
  @Override
  public void close() throws IOException {
    out.close();
    hashes.put(name, hash.hex());
  }
}

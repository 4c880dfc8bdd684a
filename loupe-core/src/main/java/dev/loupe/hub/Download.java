package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.HubClient.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Fetches one blob: into {@code ETAG.incomplete}, resumed as often as the connection breaks,
 * checked by length and sum, then renamed. Whatever stops it, the cache holds either the whole blob
 * or a part to resume from, never a wrong blob.
 */
final class Download {
  private static final int BUFFER_BYTES = 1 << 18;

  private final HubClient client;
  private final CacheFolder folder;
  private final String commit;
  private final Progress progress;
  private final Duration stall;

  Download(HubClient client, CacheFolder folder, String commit, Progress progress, Duration stall) {
    this.client = client;
    this.folder = folder;
    this.commit = commit;
    this.progress = progress;
    this.stall = stall;
  }

  /** How many bytes of the file are still to be fetched. */
  long missingBytes(RemoteFile file) {
    try {
      if (Files.exists(folder.blob(file.etag()))) {
        return 0;
      }
      Path part = folder.incomplete(file.etag());
      return Math.max(0, file.size() - (Files.exists(part) ? Files.size(part) : 0));
    } catch (IOException e) {
      throw Disk.failure(folder.blobs(), e);
    }
  }

  /** Brings the file into the cache, unless it is there, and links it into the snapshot. */
  void fetch(RemoteFile file) throws InterruptedException {
    Path blob = folder.blob(file.etag());
    if (!Files.exists(blob)) {
      Path lockFile = folder.lock(file.etag());
      Runnable waiting =
          () -> progress.note(file.name() + ": another process is fetching it; waiting");
      try (var _ = HeldLock.on(lockFile, waiting)) {
        if (!Files.exists(blob)) {
          fetchBlob(file, blob);
        }
      } catch (IOException e) {
        throw Disk.failure(lockFile, e);
      }
    }
    progress.at(file.name(), file.size(), file.size());
    folder.link(commit, file.name(), file.etag());
  }

  private void fetchBlob(RemoteFile file, Path blob) throws InterruptedException {
    Disk.folder(folder.blobs());
    Path part = folder.incomplete(file.etag());
    try {
      boolean resumed = Files.exists(part);
      fill(file, part);
      if (resumed && !isRight(file, part)) {
        progress.note(file.name() + ": the part left by an earlier run was wrong; fetching again");
        Files.delete(part);
        fill(file, part);
      }
      if (!isRight(file, part)) {
        Files.delete(part);
        throw LoupeException.badInput(
            "%s:%s: checksum mismatch, the bytes received are not those that the hub names %s"
                .formatted(folder.repository(), file.name(), file.etag()),
            "The wrong bytes were deleted; run the command again, and check the proxy if it fails"
                + " again.");
      }
      Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Disk.failure(part, e);
    }
  }

  private static boolean isRight(RemoteFile file, Path part) throws IOException {
    return Files.size(part) == file.size() && Checksum.of(file.etag()).matches(part, file.etag());
  }

  /** Adds to the part until it has the file's size, over as many connections as it takes. */
  private void fill(RemoteFile file, Path part) throws InterruptedException {
    Attempts attempts = client.attempts(folder.repository() + ":" + file.name());
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (out.size() != file.size()) {
        long before = out.size();
        try {
          continueFrom(file, out);
          if (out.size() < file.size()) {
            throw new IOException("the connection ended early");
          }
        } catch (DiskFailure e) {
          throw e.cause;
        } catch (IOException e) {
          if (out.size() > before) {
            attempts.cameForward();
          }
          attempts.failed(e);
        }
      }
    } catch (IOException e) {
      throw Disk.failure(part, e);
    }
  }

  private void continueFrom(RemoteFile file, FileChannel out)
      throws IOException, InterruptedException {
    long from = out.size() < file.size() ? out.size() : 0;
    HttpResponse<InputStream> response = client.open(folder.repository(), commit, file, from);
    try (InputStream body = response.body()) {
      if (response.statusCode() == 416) {
        // The part is no part of this file any more: the next try starts at byte 0.
        out.truncate(0);
        throw new IOException("the hub cannot resume");
      }
      client.requireBytes(response, file, folder.repository());
      boolean resumes = response.statusCode() == 206 && startsAt(response, from);
      if (response.statusCode() == 206 && !resumes && from > 0) {
        out.truncate(0);
        throw new IOException("the hub sent another range than asked for");
      }
      out.truncate(resumes ? from : 0);
      out.position(out.size());
      copy(file, body, out);
    }
  }

  private static boolean startsAt(HttpResponse<?> response, long from) {
    return response
        .headers()
        .firstValue("Content-Range")
        .filter(range -> range.startsWith("bytes " + from + "-"))
        .isPresent();
  }

  private void copy(RemoteFile file, InputStream body, FileChannel out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long done = out.size();
    progress.at(file.name(), done, file.size());
    try (var guard = new StallGuard(body, stall)) {
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        guard.moved();
        if (done + n > file.size()) {
          throw tooLong(file, out);
        }
        write(out, ByteBuffer.wrap(buffer, 0, n));
        done += n;
        progress.at(file.name(), done, file.size());
      }
    }
  }

  private LoupeException tooLong(RemoteFile file, FileChannel out) throws IOException {
    out.truncate(0);
    return LoupeException.badInput(
        "%s:%s: the hub sends more than the %d bytes that it announced"
            .formatted(folder.repository(), file.name(), file.size()),
        "The wrong bytes were deleted; check HF_ENDPOINT and the proxy.");
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws DiskFailure {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new DiskFailure(e);
    }
  }

  /** Keeps a full disk apart from a broken connection: only the latter is worth a retry. */
  private static final class DiskFailure extends IOException {
    private static final long serialVersionUID = 1;
    private final IOException cause;

    DiskFailure(IOException cause) {
      super(cause);
      this.cause = cause;
    }
  }
}

package dev.loupe.model.remote;

import dev.loupe.fault.FileFault;
import dev.loupe.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Answers of servers on disk, so that no question is paid for twice: one file an answer, named by
 * the SHA-256 of address and question. Neither key nor question is written.
 */
final class AnswerStore {
  private final Optional<Path> folder;

  /**
   * A store.
   *
   * @param folder where it is; empty to keep nothing
   */
  AnswerStore(Optional<Path> folder) {
    this.folder = folder;
  }

  /** What the server has answered to this before. */
  Optional<String> find(String endpoint, String question) {
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    Path file = file(folder.get(), endpoint, question);
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      throw FileFault.cannotRead(file.toString(), e);
    }
  }

  /** Keeps an answer, whole or not at all. */
  void add(String endpoint, String question, String answer) {
    if (folder.isEmpty()) {
      return;
    }
    Path file = file(folder.get(), endpoint, question);
    try {
      Files.createDirectories(folder.get());
      Path part = Files.createTempFile(folder.get(), "answer", ".part");
      Files.writeString(part, answer);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }

  private static Path file(Path folder, String endpoint, String question) {
    return folder.resolve(Sha256.of(endpoint + "\n" + question) + ".json");
  }
}

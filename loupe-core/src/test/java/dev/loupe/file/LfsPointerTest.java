package dev.loupe.file;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.corpus.Corpus;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.format.Gguf;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsFolder;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clone without Git LFS leaves pointers; whoever reads one says so. */
class LfsPointerTest {
  private static final String POINTER =
      """
      version https://git-lfs.github.com/spec/v1
      oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
      size 988097824
      """;

  @TempDir private Path folder;

  private Path pointer(String name) throws IOException {
    return Files.writeString(folder.resolve(name), POINTER);
  }

  @Test
  void everyReaderOfModelFilesNamesIt() throws IOException {
    Path weights = pointer("model.safetensors");
    refused(weights, () -> Safetensors.open(weights).close());
    refused(weights, () -> SafetensorsFolder.open(folder).close());
    Path gguf = pointer("model.gguf");
    refused(gguf, () -> Gguf.open(gguf).close());
    Path tokenizer = pointer("tokenizer.json");
    refused(tokenizer, () -> Tokenizer.open(tokenizer).close());
    Path template = pointer("tokenizer_config.json");
    refused(template, () -> TokenizerFiles.in(folder).chatTemplate());
    Files.delete(weights);
    Path index = pointer("model.safetensors.index.json");
    refused(index, () -> SafetensorsFolder.open(folder).close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x.jsonl", "x.jsonl.gz", "x.parquet", "x.txt"})
  void everyReaderOfCorporaNamesIt(String name) throws IOException {
    Path file = pointer(name);
    refused(file, () -> Corpus.open(file, false).read(_ -> {}));
  }

  @Test
  void theReaderOfNumpyDictionariesNamesIt() throws IOException {
    Path file = pointer("params.npz");
    Optional<Place> at = Optional.of(Place.parse("resid_post.1"));
    refused(file, () -> DictionaryFiles.open(folder, at).close());
  }

  @Test
  void namesWhatThePointerStandsFor() throws IOException {
    Path file = pointer("x");
    LoupeException fault = assertThrows(LoupeException.class, () -> LfsPointer.refuse(file));
    assertTrue(fault.getMessage().endsWith("(which has 988,097,824 bytes)"), fault.getMessage());
  }

  @Test
  void letsPassWhatOnlyLooksLikeOne() throws IOException {
    LfsPointer.refuse(Files.writeString(folder.resolve("a"), "version 1\n" + POINTER));
    LfsPointer.refuse(Files.writeString(folder.resolve("b"), POINTER + " ".repeat(1024)));
    LfsPointer.refuse(Files.writeString(folder.resolve("c"), ""));
  }

  private static void refused(Path file, Executable reading) {
    LoupeException fault = assertThrows(LoupeException.class, reading);
    assertTrue(fault.getMessage().startsWith(file + ": is a Git LFS pointer"), fault.getMessage());
    assertTrue(fault.remedy().contains("git lfs pull"), fault.remedy());
  }
}

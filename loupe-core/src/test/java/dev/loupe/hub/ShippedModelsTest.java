package dev.loupe.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedModelsTest {
  @TempDir Path cache;

  private ShippedModels shipped() {
    return new ShippedModels("/fixtures/shipped/", cache);
  }

  private LocalModel open(String name) {
    return shipped().unpacked(shipped().meantBy(HubFixture.named(name)).orElseThrow());
  }

  @Test
  void unpacksAModelOnceIntoAFolderThatALoaderOpens() throws IOException {
    LocalModel first = open("tiny");
    assertEquals("tiny", first.name());
    assertTrue(Files.isRegularFile(first.location().resolve("config.json")));
    Object before = Files.getLastModifiedTime(first.weights().getFirst());
    assertEquals(first, open("tiny"));
    assertEquals(before, Files.getLastModifiedTime(first.weights().getFirst()));
    assertEquals(List.of(first.location()), left());
  }

  @Test
  void keepsNothingOfADamagedPackage() throws IOException {
    LoupeException fault = assertThrows(LoupeException.class, () -> open("damaged"));
    assertTrue(fault.getMessage().contains("model.safetensors"), fault.getMessage());
    assertEquals(List.of(), left());
  }

  @Test
  void namesTheArtifactThatALibraryLacks() {
    var none = new ShippedModels("/nowhere/", cache);
    assertTrue(none.list().isEmpty());
    assertTrue(none.meantBy(HubFixture.named("gpt2")).isEmpty());
    LoupeException fault =
        assertThrows(LoupeException.class, () -> none.meantBy(HubFixture.named("almanac")));
    assertTrue(fault.getMessage().contains("dev.loupe:loupe-models"), fault.getMessage());
  }

  @Test
  void meansPlainNamesOnly() {
    assertTrue(shipped().meantBy(HubFixture.named("org/tiny")).isEmpty());
    assertTrue(shipped().meantBy(HubFixture.named("tiny@main")).isEmpty());
    assertTrue(shipped().meantBy(HubFixture.named("small")).isEmpty());
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(cache.resolve("models"))) {
      return files.toList();
    }
  }
}

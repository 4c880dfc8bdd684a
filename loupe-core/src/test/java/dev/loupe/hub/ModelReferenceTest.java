package dev.loupe.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelReferenceTest {
  @TempDir Path folder;

  @Test
  void readsNames() {
    assertEquals(named("gpt2", "", ""), parse("gpt2"));
    assertEquals(named("org/name-1.5_x", "", ""), parse("org/name-1.5_x"));
    assertEquals(named("org/name", "v1.0", ""), parse("org/name@v1.0"));
    assertEquals(named("org/name", "refs/pr/1", ""), parse("org/name@refs/pr/1"));
    assertEquals(named("org/name", "", "a/b-Q4_1.gguf"), parse("org/name:a/b-Q4_1.gguf"));
    assertEquals(named("org/name", "main", "b.gguf"), parse("org/name@main:b.gguf"));
  }

  @Test
  void readsPaths() throws IOException {
    for (String text : List.of("/x/y", "./x", "../x", ".", "..", "x.gguf", "C:\\models\\x")) {
      assertEquals(new ModelReference.OnDisk(folder.resolve(text)), parse(text));
    }
    Files.createDirectories(folder.resolve("org/name"));
    assertEquals(new ModelReference.OnDisk(folder.resolve("org/name")), parse("org/name"));
  }

  @Test
  void refusesWhatIsNeither() {
    for (String text :
        List.of(
            "",
            " ",
            "a/b/c",
            "a//b",
            "a/..",
            "a..b/c",
            "a--b/c",
            "org/name@",
            "org/name@../x",
            "org/name@a..b",
            "org/name:",
            "org/name:../x.gguf",
            "org/name:/x.gguf",
            "org/name:pytorch_model.bin",
            "org/na me",
            "org/na\nme",
            "org/na\u0000me",
            "/x\u0000y",
            "-x/y",
            "https://example.invalid/org/name",
            "~/x",
            "org/n\u00e4me")) {
      LoupeException fault = assertThrows(LoupeException.class, () -> parse(text), text);
      assertTrue(String.valueOf(fault.toString()).chars().noneMatch(Character::isISOControl));
    }
  }

  @Test
  void anyTextIsEitherRefusedOrStaysInItsFolder() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    List<String> pieces =
        List.of(
            "a", "Z9", "/", "..", ".", "-", "--", "@", ":", "\\", "\u0000", "\n", " ", "%2e", "~",
            ".gguf", "main", "\u202e", "refs/", "C:", "*", "é", "_");
    var cache = Path.of("/cache/hub");
    int accepted = 0;
    for (int i = 0; i < 50_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(8); n >= 0; n--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      try {
        if (parse(text.toString()) instanceof ModelReference.Named named) {
          accepted++;
          var at = new CacheFolder(cache, named.repository());
          List<Path> paths =
              List.of(
                  at.root(),
                  at.ref(named.revisionOrMain()),
                  at.snapshot("c").resolve(named.file().orElse("f")));
          for (Path path : paths) {
            assertTrue(path.normalize().startsWith(at.root()), () -> text + " seed " + seed);
          }
          assertEquals(cache, at.root().getParent(), () -> text + " seed " + seed);
          assertEquals(named, parse(named.toString()), () -> text + " seed " + seed);
        }
      } catch (LoupeException refused) {
        assertTrue(!refused.remedy().isEmpty(), () -> text + " seed " + seed);
      }
    }
    assertTrue(accepted > 100, "the pieces make names too");
  }

  private ModelReference parse(String text) {
    return ModelReference.parse(text, folder);
  }

  private static ModelReference.Named named(String repository, String revision, String file) {
    return new ModelReference.Named(
        repository,
        Optional.of(revision).filter(s -> !s.isEmpty()),
        Optional.of(file).filter(s -> !s.isEmpty()));
  }
}

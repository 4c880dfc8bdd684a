package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("weights")
class RealModelTest {
  @Test
  void findsTheFileOfTheExpectedSize() throws IOException {
    assertEquals(98_362_432, Files.size(RealModel.path()));
  }
}

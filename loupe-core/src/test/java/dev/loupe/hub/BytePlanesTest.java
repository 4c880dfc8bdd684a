package dev.loupe.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePlanesTest {
  @TempDir Path folder;

  private byte[] packed(byte[] plain) throws IOException {
    Path file = Files.write(folder.resolve("weights"), plain);
    BytePlanes.pack(file, folder);
    return Files.readAllBytes(folder.resolve("weights" + BytePlanes.SUFFIX));
  }

  private byte[] unpacked(byte[] packed, long bytes) throws IOException {
    Path file = folder.resolve("again");
    BytePlanes.unpack(new ByteArrayInputStream(packed), bytes, file);
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 1000, 1001})
  void comesBackAsItWas(int length) throws IOException {
    byte[] plain = new byte[length];
    new Random(length).nextBytes(plain);
    assertArrayEquals(plain, unpacked(packed(plain), length));
  }

  @Test
  void otherLengthsAndDamageAreRefused() throws IOException {
    byte[] packed = packed(new byte[500]);
    for (long bytes : new long[] {499, 501}) {
      assertThrows(IOException.class, () -> unpacked(packed, bytes));
    }
    byte[] shorter = Arrays.copyOf(packed, packed.length - 9);
    assertThrows(IOException.class, () -> unpacked(shorter, 500));
  }

  @Test
  void signsAndExponentsTakeLittleRoom() throws IOException {
    var random = new Random(1);
    byte[] numbers = new byte[20_000];
    for (int i = 0; i < numbers.length; i += 2) {
      numbers[i] = (byte) random.nextInt();
      numbers[i + 1] = 0x3c;
    }
    assertTrue(packed(numbers).length < 10_500);
  }
}

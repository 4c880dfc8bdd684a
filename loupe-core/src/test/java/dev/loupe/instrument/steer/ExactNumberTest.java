package dev.loupe.instrument.steer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactNumberTest {
  @ParameterizedTest
  @CsvSource({
    "1e10, 1e10",
    "1e20, 1e20",
    "1e30, 1e30",
    "1e-10, 1e-10",
    "-1e-7, -1e-7",
    "12345.678, 12345.678",
    "12345678901, 12345678901",
    "100, 100",
    "0, 0",
    "-2.50, -2.5",
    "0.1, 0.1",
    "1.5e300, 1.5e300"
  })
  void everyDigitThatWasTypedAndNoOther(String typed, String shown) {
    assertEquals(shown, ExactNumber.of(Double.parseDouble(typed)));
  }

  @Test
  void anyNumberReadsBackAsItself() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        String text = ExactNumber.of(value);
        double back = (float) value == value ? Float.parseFloat(text) : Double.parseDouble(text);
        assertEquals(value, back, text);
      }
    }
  }
}

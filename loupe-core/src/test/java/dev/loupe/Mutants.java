package dev.loupe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Damaged copies of a valid file, the same on every run. */
public final class Mutants {
  /** Numbers on which length arithmetic breaks. */
  private static final long[] EDGES = {
    0,
    1,
    -1,
    7,
    8,
    255,
    256,
    65_535,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 7,
    0x4000_0000_0000_0000L
  };

  private final byte[] valid;
  private final Random random;

  /** Damages copies of {@code valid}, drawing from {@code seed}. */
  public Mutants(byte[] valid, long seed) {
    this.valid = valid.clone();
    this.random = new Random(seed);
  }

  /** One more damaged copy. */
  public byte[] next() {
    byte[] bytes = valid.clone();
    for (int damage = 1 + random.nextInt(3); damage > 0; damage--) {
      bytes = damaged(bytes);
    }
    return bytes;
  }

  private byte[] damaged(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    switch (random.nextInt(6)) {
      case 0 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 1 -> {
        byte[] longer = new byte[bytes.length + 1 + random.nextInt(16)];
        random.nextBytes(longer);
        int inserted = longer.length - bytes.length;
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(bytes, at, longer, at + inserted, bytes.length - at);
        return longer;
      }
      case 2 -> {
        long edge = EDGES[random.nextInt(EDGES.length)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (random.nextBoolean() && at + 8 <= bytes.length) {
          buffer.putLong(at, edge);
        } else if (at + 4 <= bytes.length) {
          buffer.putInt(at, (int) edge);
        }
      }
      case 3 -> {
        int from = random.nextInt(bytes.length + 1);
        int length = Math.min(bytes.length - Math.max(at, from), random.nextInt(32));
        System.arraycopy(bytes, from, bytes, at, Math.max(0, length));
      }
      default -> {
        if (at < bytes.length) {
          bytes[at] =
              random.nextBoolean()
                  ? (byte) random.nextInt()
                  : (byte) (bytes[at] ^ 1 << random.nextInt(8));
        }
      }
    }
    return bytes;
  }
}

package dev.loupe.tensor;

import java.util.Optional;

/**
 * The element types of tensors and of safetensors files, under the names that safetensors gives
 * them.
 */
public enum DType {
  BOOL(8),
  U8(8),
  I8(8),
  F8_E4M3(8),
  F8_E5M2(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  F64(64),
  C64(64),
  I64(64),
  U64(64);

  private final int bits;

  DType(int bits) {
    this.bits = bits;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bits / 8;
  }

  /** The type of that exact name, or empty. */
  public static Optional<DType> named(String name) {
    for (DType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}

package dev.loupe.model.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Assembles small GGUF files by hand, right or wrong. */
final class GgufBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** The fixed start of a version 3 file. */
  static GgufBytes header(long tensors, long keys) {
    return new GgufBytes()
        .raw("GGUF".getBytes(StandardCharsets.US_ASCII))
        .int32(3)
        .int64(tensors)
        .int64(keys);
  }

  GgufBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  GgufBytes int16(int value) {
    return raw(new byte[] {(byte) value, (byte) (value >> 8)});
  }

  GgufBytes int32(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  GgufBytes int64(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  GgufBytes text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return int64(bytes.length).raw(bytes);
  }

  GgufBytes key(String key, GgufValue.Type type) {
    return text(key).int32(type.code());
  }

  /** A tensor description; sizes in the file's order, fastest first. */
  GgufBytes tensor(String name, int type, long offset, long... sizes) {
    text(name).int32(sizes.length);
    for (long size : sizes) {
      int64(size);
    }
    return int32(type).int64(offset);
  }

  GgufBytes align(int alignment) {
    return raw(new byte[Math.floorMod(-out.size(), alignment)]);
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** A valid file with every kind of value that matters, and quantised tensors. */
  static byte[] valid() {
    return header(3, 7)
        .key("general.architecture", GgufValue.Type.STRING)
        .text("llama")
        .key("general.alignment", GgufValue.Type.UINT32)
        .int32(32)
        .key("llama.block_count", GgufValue.Type.UINT32)
        .int32(2)
        .key("llama.rope.freq_base", GgufValue.Type.FLOAT32)
        .int32(Float.floatToIntBits(10_000))
        .key("tokens", GgufValue.Type.ARRAY)
        .int32(GgufValue.Type.STRING.code())
        .int64(2)
        .text("a")
        .text("é")
        .key("nested", GgufValue.Type.ARRAY)
        .int32(GgufValue.Type.ARRAY.code())
        .int64(1)
        .int32(GgufValue.Type.INT32.code())
        .int64(2)
        .int64(1)
        .key("flag", GgufValue.Type.BOOL)
        .raw(new byte[] {1})
        .tensor("norm", 0, 0, 8)
        .tensor("weight", 3, 32, 32, 2)
        .tensor("output", 8, 96, 32)
        .align(32)
        .raw(new byte[32 + 64 + 34])
        .bytes();
  }
}

package dev.loupe.dictionary.format;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes {@code .npz} files as {@code numpy.savez} does: not compressed, rows first. */
final class NpzWriter {
  private static final int PIECE = 1 << 16;
  private static final int ALIGNMENT = 64;

  private NpzWriter() {}

  /** How many bytes a tensor takes: NumPy knows no bfloat16, which becomes float32. */
  static long bytes(StoredTensor tensor) {
    return tensor.elements() * (isKnown(tensor.dtype()) ? tensor.dtype().bytes() : Float.BYTES);
  }

  private static boolean isKnown(DType dtype) {
    return dtype == DType.F16 || dtype == DType.F32 || dtype == DType.F64;
  }

  static void write(Path file, List<StoredTensor> tensors) throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file), PIECE))) {
      for (StoredTensor tensor : tensors) {
        write(zip, tensor);
      }
    }
  }

  private static void write(ZipOutputStream zip, StoredTensor tensor) throws IOException {
    DType dtype = isKnown(tensor.dtype()) ? tensor.dtype() : DType.F32;
    MemorySegment values =
        dtype == tensor.dtype() ? tensor.bytes() : MemorySegment.ofArray(tensor.toFloats());
    byte[] header = header(dtype, tensor.shape());
    CRC32 checksum = new CRC32();
    checksum.update(header);
    eachPiece(values, checksum::update);
    ZipEntry entry = new ZipEntry(tensor.name() + ".npy");
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(header.length + values.byteSize());
    entry.setCrc(checksum.getValue());
    entry.setLastModifiedTime(FileTime.fromMillis(315_619_200_000L)); // the same bytes every time
    zip.putNextEntry(entry);
    zip.write(header);
    OutputStream out = zip;
    eachPiece(values, out::write);
    zip.closeEntry();
  }

  private static byte[] header(DType dtype, List<Long> shape) {
    String sizes = String.join(", ", shape.stream().map(String::valueOf).toList());
    String text =
        "{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }"
            .formatted(dtype.bytes(), shape.size() == 1 ? sizes + "," : sizes);
    int before = 10;
    int length = (before + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
    String padded = text + " ".repeat(length - 1 - text.length()) + "\n";
    String start = "\u0093NUMPY\u0001\u0000" + (char) (length & 0xff) + (char) (length >> 8);
    return (start + padded).getBytes(StandardCharsets.ISO_8859_1);
  }

  private interface Piece {
    void take(byte[] bytes, int from, int length) throws IOException;
  }

  private static void eachPiece(MemorySegment values, Piece piece) throws IOException {
    byte[] bytes = new byte[PIECE];
    for (long at = 0; at < values.byteSize(); at += PIECE) {
      int length = (int) Math.min(PIECE, values.byteSize() - at);
      MemorySegment.copy(values, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
      piece.take(bytes, 0, length);
    }
  }
}

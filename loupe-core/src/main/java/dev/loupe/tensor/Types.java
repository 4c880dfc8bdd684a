package dev.loupe.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Loupe's element types as the engine's, and addresses as the engine's pointers. */
final class Types {
  static {
    Engine.load();
  }

  private Types() {}

  static ScalarType scalarType(DType dtype) {
    return switch (dtype) {
      case BOOL -> ScalarType.Bool;
      case U8 -> ScalarType.Byte;
      case I8 -> ScalarType.Char;
      case F8_E4M3 -> ScalarType.Float8_e4m3fn;
      case F8_E5M2 -> ScalarType.Float8_e5m2;
      case I16 -> ScalarType.Short;
      case U16 -> ScalarType.UInt16;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case I32 -> ScalarType.Int;
      case U32 -> ScalarType.UInt32;
      case F32 -> ScalarType.Float;
      case F64 -> ScalarType.Double;
      case I64 -> ScalarType.Long;
      case U64 -> ScalarType.UInt64;
      case C64 -> ScalarType.ComplexFloat;
    };
  }

  static DType dtype(ScalarType type) {
    for (DType dtype : DType.values()) {
      if (scalarType(dtype).value == type.value) {
        return dtype;
      }
    }
    throw new IllegalStateException("no element type for " + type);
  }

  static org.bytedeco.pytorch.Tensor fromAddress(long address, DType dtype, long... shape) {
    return torch.from_blob(new Address(address), shape, options(dtype));
  }

  static TensorOptions options(DType dtype) {
    return new TensorOptions().dtype(scalarTypeOptional(dtype));
  }

  private static org.bytedeco.pytorch.ScalarTypeOptional scalarTypeOptional(DType dtype) {
    return new org.bytedeco.pytorch.ScalarTypeOptional(scalarType(dtype));
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}

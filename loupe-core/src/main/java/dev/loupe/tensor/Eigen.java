package dev.loupe.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * The eigen-decomposition of a symmetric matrix: {@code vectors · diag(values) · vectorsᵀ}.
 *
 * @param values rising, {@code [n]}
 * @param vectors orthonormal columns in the order of the values, {@code [n, n]}
 */
public record Eigen(Tensor values, Tensor vectors) {
  /** Of a symmetric matrix {@code [n, n]} of float32 or float64; its lower half is read. */
  public static Eigen of(Tensor symmetric) {
    var results = torch.linalg_eigh(symmetric.pointer());
    // A view shares the tuple's storage by reference count, so it outlives the tuple.
    return new Eigen(Tensor.of(results.get0().alias()), Tensor.of(results.get1().alias()));
  }
}

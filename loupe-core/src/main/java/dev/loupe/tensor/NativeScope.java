package dev.loupe.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * Owns the native memory of every tensor made on this thread while it is open; closing it frees
 * them all, newest scope first. One scope per step keeps the resident size flat.
 *
 * <pre>{@code
 * Tensor total;
 * try (var scope = NativeScope.open()) {
 *   total = scope.keep(a.matmul(b).sum());   // survives into the enclosing scope
 * }
 * }</pre>
 *
 * Scopes are bound to the thread that opened them and close in reverse order.
 */
public final class NativeScope implements AutoCloseable {
  static {
    Engine.load();
  }

  private final PointerScope scope;
  private final @Nullable PointerScope outer;

  private NativeScope() {
    this.outer = PointerScope.getInnerScope();
    this.scope = new PointerScope();
  }

  /** Opens a scope on this thread. */
  public static NativeScope open() {
    return new NativeScope();
  }

  /**
   * Hands a tensor of this scope to the enclosing scope. Without an enclosing scope it is retained:
   * the caller then owns it and must close it.
   */
  public Tensor keep(Tensor tensor) {
    if (outer == null) {
      return tensor.retain();
    }
    outer.attach(tensor.pointer());
    return tensor;
  }

  /**
   * Takes back what this scope, or another within the same enclosing scope, has {@link #keep kept}:
   * for values that are replaced step by step, of which only the last is to live on. Whoever else
   * has retained the tensor still has it.
   */
  public void giveBack(Tensor kept) {
    if (outer == null) {
      kept.close();
    } else {
      outer.detach(kept.pointer());
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}

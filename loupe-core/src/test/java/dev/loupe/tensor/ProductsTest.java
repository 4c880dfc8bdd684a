package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products that are cut into parts for several threads are those of one thread. */
class ProductsTest {
  private NativeScope scope = NativeScope.open();
  private final SplittableRandom random = new SplittableRandom(3);
  private int threads;

  @BeforeEach
  void open() {
    scope.close();
    scope = NativeScope.open();
    threads = Engine.threads();
  }

  @AfterEach
  void close() {
    Engine.useThreads(threads);
    scope.close();
  }

  private Tensor random(long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextDouble(-1, 1);
    }
    return Tensor.of(values, shape);
  }

  private static void assertSame(int threads, Supplier<Tensor> product) {
    Engine.useThreads(1);
    Tensor one = product.get();
    Engine.useThreads(threads);
    Tensor split = product.get();
    assertEquals(one.rank(), split.rank());
    for (int axis = 0; axis < one.rank(); axis++) {
      assertEquals(one.size(axis), split.size(axis));
    }
    assertArrayEquals(one.toDoubles(), split.toDoubles(), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void ofMatrices(int threads) {
    Tensor wide = random(131, 150);
    Tensor right = random(150, 190);
    assertSame(threads, () -> wide.matmul(right)); // by columns
    assertSame(threads, () -> right.transpose(0, 1).matmul(wide.transpose(0, 1))); // by rows
    Tensor tall = random(1200, 150);
    assertSame(threads, () -> tall.slice(0, 3, 1103).matmul(right));
    Tensor batch = random(5, 61, 150);
    assertSame(threads, () -> batch.matmul(right));
    assertSame(threads, () -> batch.transpose(0, 1).matmul(right));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void withAWeightAndABias(int threads) {
    Tensor weight = random(190, 150);
    Tensor bias = random(190);
    Tensor few = random(2, 51, 150);
    Tensor many = random(900, 150);
    assertSame(threads, () -> few.linear(weight, null));
    assertSame(threads, () -> few.linear(weight, bias));
    assertSame(threads, () -> many.linear(weight, bias));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void ofBatches(int threads) {
    for (long pairs : new long[] {1, 3, 4, 30}) {
      Tensor left = random(pairs, 160, 70);
      Tensor right = random(pairs, 200, 70);
      assertSame(threads, () -> left.matmul(right.transpose(1, 2)));
      assertSame(threads, () -> right.matmul(left.transpose(1, 2)));
    }
    Tensor heads = random(2, 90, 6, 40);
    assertSame(threads, () -> heads.transpose(1, 2).matmul(heads.transpose(1, 2).transpose(2, 3)));
    Tensor shared = random(1, 6, 40, 90);
    assertSame(threads, () -> heads.transpose(1, 2).matmul(shared)); // not split
  }

  @Test
  void addedToWhatIsThere() {
    Tensor left = random(160, 150);
    Tensor right = random(150, 170);
    Tensor there = random(160, 170);
    assertSame(2, () -> there.copy().plusMatmulInPlace(left, right));
    assertSame(
        2,
        () -> {
          Tensor into = random(200, 170).fillInPlace(1);
          into.slice(0, 20, 180).plusMatmulInPlace(left, right);
          return into;
        });
    Tensor lefts = random(3, 160, 80);
    Tensor rights = random(3, 80, 170);
    Tensor all = random(3, 160, 170);
    assertSame(2, () -> all.copy().plusMatmulInPlace(lefts, rights));
  }

  /** Halved once and twice, with halves of unequal widths, against the product written out. */
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 128, 129, 300})
  void withItself(int width) {
    Tensor rows = random(150, width + 2).slice(1, 1, width + 1);
    Tensor whole = rows.transpose(0, 1).matmul(rows);
    for (int threads : new int[] {1, 2}) {
      Engine.useThreads(threads);
      Tensor gram = rows.gram();
      assertArrayEquals(new long[] {width, width}, gram.shape());
      assertArrayEquals(whole.toDoubles(), gram.toDoubles(), 1e-12);
    }
  }
}

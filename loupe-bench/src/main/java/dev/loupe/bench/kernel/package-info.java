/** JMH benchmarks of the kernels that prefill, decoding and tracing spend their time in. */
@NullMarked
package dev.loupe.bench.kernel;

import org.jspecify.annotations.NullMarked;

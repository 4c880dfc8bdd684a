/**
 * Speed measurements: JMH benchmarks of kernels, and programs that the scripts of this module run
 * beside a peer. May import everything; nothing imports it.
 */
@NullMarked
package dev.loupe.bench;

import org.jspecify.annotations.NullMarked;

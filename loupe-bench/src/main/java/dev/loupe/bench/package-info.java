/**
 * Programs for those who build Loupe: JMH benchmarks of kernels, what the scripts of this module
 * run beside a peer, and {@link dev.loupe.bench.ShipModels}. May import everything; nothing imports
 * it.
 */
@NullMarked
package dev.loupe.bench;

import org.jspecify.annotations.NullMarked;

/** Loupe, the entry point of the library. Imports every room; no room of the core imports it. */
@NullMarked
package dev.loupe;

import org.jspecify.annotations.NullMarked;

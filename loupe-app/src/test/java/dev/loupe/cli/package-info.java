/** Tests of the command line: in this process through {@code Main.run}, and the launcher as one. */
@NullMarked
package dev.loupe.cli;

import org.jspecify.annotations.NullMarked;

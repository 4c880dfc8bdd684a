/**
 * Programs that need the scores of the room of the same name in the core, which are its own affair.
 * May import that room and the core.
 */
@NullMarked
package dev.loupe.instrument.influence;

import org.jspecify.annotations.NullMarked;

/**
 * The Almanac: a generated world whose every fact, frequency and computation is known.
 *
 * <p>{@link dev.loupe.world.World} holds the tables (people, places, teams and the facts about
 * them) for a seed and a scale; {@link dev.loupe.world.Corpus} yields its documents in reading
 * order; {@link dev.loupe.world.WorldWriter} writes both as files. Everything is a function of
 * seed, scale and {@link dev.loupe.world.Mixture}: the same bytes on every machine.
 *
 * <pre>{@code
 * World world = World.of(7, 1, Mixture.standard());
 * for (Document document : world.corpus()) { ... }
 * }</pre>
 *
 * <p>May import: {@code fault}, {@code tokenizer}, {@code model}, {@code corpus}, {@code
 * statistics}, and Jackson.
 */
@NullMarked
package dev.loupe.world;

import org.jspecify.annotations.NullMarked;

/**
 * Text as people read it: {@link dev.loupe.prose.Sentences}, {@link dev.loupe.prose.PartsOfSpeech},
 * {@link dev.loupe.prose.Clauses}, and {@link dev.loupe.prose.Bm25}, which finds texts by their
 * words.
 *
 * <p>May import: {@code fault}, OpenNLP, Lucene.
 */
@NullMarked
package dev.loupe.prose;

import org.jspecify.annotations.NullMarked;

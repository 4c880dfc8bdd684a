/**
 * What models are trained on and explained with. {@link dev.loupe.corpus.Corpus} streams the {@link
 * dev.loupe.corpus.Document}s of files; {@link dev.loupe.corpus.DocumentEncoder} turns them into
 * tokens, which {@link dev.loupe.corpus.TokenFile} keeps on the disk; {@link
 * dev.loupe.corpus.PackedRows} lays them out as the {@link dev.loupe.corpus.TrainingRows} of one
 * length that a trainer reads.
 *
 * <pre>{@code
 * Corpus corpus = Corpus.open(Path.of("corpus.jsonl.gz"), false);
 * BpeTrainer vocabulary = new BpeTrainer(4096, BpeTrainer.CHAT_TOKENS);
 * Reading reading = corpus.read(document -> document.texts().forEach(vocabulary::add));
 * }</pre>
 *
 * <p>May import: the JDK, JSON, {@code dev.loupe.tokenizer}, {@code dev.loupe.file} and {@code
 * dev.loupe.fault}.
 */
@NullMarked
package dev.loupe.corpus;

import org.jspecify.annotations.NullMarked;

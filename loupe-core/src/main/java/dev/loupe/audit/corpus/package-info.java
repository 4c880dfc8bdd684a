/**
 * How often a corpus states its facts: {@link dev.loupe.audit.corpus.FactSource} finds statements
 * in tables and texts, {@link dev.loupe.audit.corpus.CorpusCount} folds them by relation, {@link
 * dev.loupe.audit.corpus.ShardStore} keeps the counts of each shard, so that a count resumes and
 * shards counted elsewhere merge, {@link dev.loupe.audit.corpus.CorpusReport} holds the singleton
 * rate of Kalai et al. 2025 with its intervals and what it forecasts, {@link
 * dev.loupe.audit.corpus.CorpusHistory} compares it with the last count.
 *
 * <p>May import: {@code audit}, {@code outcomes}, {@code corpus}, {@code statistics}, {@code file},
 * {@code fault}, JSON.
 */
@NullMarked
package dev.loupe.audit.corpus;

import org.jspecify.annotations.NullMarked;

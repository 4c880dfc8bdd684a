/**
 * Claims of an answer against documents: {@link dev.loupe.audit.claims.Claims} splits the answer,
 * {@link dev.loupe.audit.claims.Passages} finds what the documents say by BM25, {@link
 * dev.loupe.audit.claims.Quantities} reads numbers and dates, which are compared exactly, and
 * {@link dev.loupe.audit.claims.Verification} decides with or without a judge model.
 */
@NullMarked
package dev.loupe.audit.claims;

import org.jspecify.annotations.NullMarked;

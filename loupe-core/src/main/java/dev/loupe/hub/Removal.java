package dev.loupe.hub;

/**
 * What a removal did.
 *
 * @param bytes freed
 * @param kept bytes of this model that other revisions still use
 */
public record Removal(long bytes, long kept) {}

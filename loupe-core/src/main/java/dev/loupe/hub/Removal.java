package dev.loupe.hub;

/**
 * The result of a removal.
 *
 * @param bytes freed
 * @param kept bytes of this model that other revisions still use
 */
public record Removal(long bytes, long kept) {}

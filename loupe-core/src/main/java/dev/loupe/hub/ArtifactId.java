package dev.loupe.hub;

/**
 * Which bytes a result was computed from.
 *
 * @param name the model's name on the hub, or its path
 * @param revision the commit, or {@code local} for a path
 * @param sha256 lower-case hex SHA-256 of the weights file; for several files the SHA-256 of the
 *     lines {@code HASH NAME\n} sorted by name
 */
public record ArtifactId(String name, String revision, String sha256) {}

package dev.loupe.dictionary;

import java.util.Optional;

/**
 * What a dictionary's files say about it.
 *
 * @param name its own name, or where it lies
 * @param format the file format it was read from
 * @param modelName the model that it was trained on
 * @param modelSha256 the hash of that model's weights, as {@code Hub.identify} tells it
 */
public record DictionaryInfo(
    String name, String format, Optional<String> modelName, Optional<String> modelSha256) {}

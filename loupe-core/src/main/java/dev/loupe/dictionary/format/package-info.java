/**
 * The field's file formats for dictionaries, one class each; their quirks stay here. {@link
 * dev.loupe.dictionary.format.DictionaryFiles} finds out which one a folder holds, and writes any
 * of them.
 *
 * <p>May import: dictionary and the rooms that it may import, YAML.
 */
@NullMarked
package dev.loupe.dictionary.format;

import org.jspecify.annotations.NullMarked;

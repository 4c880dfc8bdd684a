/**
 * What every file from a user shares, whatever its format: {@link dev.loupe.file.FileText} decodes
 * text with or without a byte order mark, {@link dev.loupe.file.JsonText} reads JSON as Python
 * writes it, {@link dev.loupe.file.LfsPointer} recognises a pointer of Git LFS, {@link
 * dev.loupe.file.PartName} knows how the parts of one model are named, {@link
 * dev.loupe.file.Sha256} hashes.
 *
 * <pre>{@code
 * JsonNode config = JsonText.read(folder.resolve("config.json"));
 * }</pre>
 *
 * <p>May import: {@code fault}, JSON. Every room that reads files may import it.
 */
@NullMarked
package dev.loupe.file;

import org.jspecify.annotations.NullMarked;

/**
 * Finds, downloads, checks and identifies models. {@link dev.loupe.hub.Hub} is the entry point: it
 * turns a {@link dev.loupe.hub.ModelReference} into a {@link dev.loupe.hub.LocalModel} on disk and
 * its {@link dev.loupe.hub.ArtifactId}. The cache has the layout and the variables of the Hugging
 * Face client, so a model that any client of that hub has fetched is found here and the other way
 * round:
 *
 * <pre>
 * models--org--name/blobs/ETAG             the bytes; ETAG is a SHA-256 or a git blob id
 * models--org--name/blobs/ETAG.incomplete  a download to be resumed
 * models--org--name/snapshots/COMMIT/FILE  a relative link to a blob
 * models--org--name/refs/REVISION          a text file that holds COMMIT
 * .locks/models--org--name/ETAG.lock       held while ETAG is written
 * </pre>
 *
 * <p>Everything that a server or a person names is hostile until {@link dev.loupe.hub.Names} let it
 * in. Environment and endpoint come in with {@link dev.loupe.hub.HubSettings}.
 *
 * <pre>{@code
 * var settings = HubSettings.from(System.getenv(), Path.of(System.getProperty("user.home")));
 * var hub = new Hub(settings, defaultModel, Progress.silent());
 * LocalModel model = hub.resolve(ModelReference.parse("org/name", Path.of("")));
 * ArtifactId id = hub.identify(model);
 * }</pre>
 *
 * <p>May import: {@code fault}, {@code file}, JSON, the JDK.
 */
@NullMarked
package dev.loupe.hub;

import org.jspecify.annotations.NullMarked;

/**
 * Models as text in and text out: {@link dev.loupe.model.text.TextModel} scores a continuation of a
 * prompt and continues prompts, whether the weights are in hand ({@link
 * dev.loupe.model.text.LocalText}) or a server has them ({@code model.remote}).
 *
 * <p>May import: model, model.generate, model.load, tensor, tokenizer, fault.
 */
@NullMarked
package dev.loupe.model.text;

import org.jspecify.annotations.NullMarked;

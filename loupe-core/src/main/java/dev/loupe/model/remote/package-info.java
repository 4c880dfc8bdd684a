/**
 * Models behind a server that speaks OpenAI's protocol (vLLM, llama.cpp, Ollama and others): {@link
 * dev.loupe.model.remote.ChatServer} asks one question and waits for the answer, {@link
 * dev.loupe.model.remote.TextServer} scores and continues many texts.
 *
 * <p>May import: model.text, tokenizer, fault, JSON.
 */
@NullMarked
package dev.loupe.model.remote;

import org.jspecify.annotations.NullMarked;

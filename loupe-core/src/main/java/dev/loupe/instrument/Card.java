package dev.loupe.instrument;

/**
 * The description of an instrument.
 *
 * @param name the same word for its command, its package, its page in the docs and its route
 * @param question that it answers, in words
 * @param schema name and version of its findings in JSON
 * @param request what is asked
 * @param answer what is answered
 * @param needs what the subject must have
 */
public record Card<Q, A>(
    String name, String question, String schema, Class<Q> request, Class<A> answer, Needs needs) {}

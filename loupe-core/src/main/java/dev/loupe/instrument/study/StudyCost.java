package dev.loupe.instrument.study;

/**
 * What a study would take, from trying its parts on a few prompts.
 *
 * @param prompts whose behaviour and graphs are looked at
 * @param tested prompts on which is intervened
 * @param runs of the model with something changed, prompt by prompt, at most
 * @param seconds of the whole study
 * @param bytes of what it gathers, beside the model
 */
public record StudyCost(int prompts, int tested, long runs, double seconds, long bytes) {}

package dev.loupe.job;

/**
 * What work would take on this machine, before it is done.
 *
 * @param seconds of the whole
 * @param memoryBytes resident at the peak, the runtime included
 * @param diskBytes that stay written; 0 for work that writes nothing
 * @param work what it consists of, a sentence for people without its full stop
 */
public record Cost(double seconds, long memoryBytes, long diskBytes, String work) {}

package dev.loupe.job;

/**
 * The cost of work on this machine, before it is done.
 *
 * @param seconds of the whole
 * @param memoryBytes resident at the peak, the runtime included
 * @param diskBytes that stay written; 0 for work that writes nothing
 * @param work what it consists of, a sentence without its full stop
 */
public record Cost(double seconds, long memoryBytes, long diskBytes, String work) {}

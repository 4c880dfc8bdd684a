/**
 * Which circuit does the task: the smallest set of features found that does what the model does, on
 * prompts that did not choose it, beside random circuits, other rankings and neurons.
 *
 * <p>May import: report, statistics, geometry, model, dictionary, task, circuit, job, fault.
 */
@NullMarked
package dev.loupe.instrument.circuit;

import org.jspecify.annotations.NullMarked;

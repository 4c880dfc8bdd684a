/**
 * Which words of the prompt the answer hangs on. {@link dev.loupe.instrument.explain.Explain}
 * removes parts of the prompt and scores the answer (MExGen, Monteiro Paes et al. 2024): {@link
 * dev.loupe.instrument.explain.UnitText} is a text with parts that can be left out, {@link
 * dev.loupe.instrument.explain.Game} scores sets of them, {@link
 * dev.loupe.instrument.explain.ShapleyValues} and {@link dev.loupe.instrument.explain.LocalLime}
 * turn the scores into one number a part.
 *
 * <pre>{@code
 * Finding<ExplainReport> finding =
 *     Loupe.ask(new Explain(), ExplainRequest.of("The capital of France is"), Loupe.subject(model));
 * }</pre>
 *
 * <p>May import: model, tokenizer, tensor, statistics, report, job, fault, prose.
 */
@NullMarked
package dev.loupe.instrument.explain;

import org.jspecify.annotations.NullMarked;

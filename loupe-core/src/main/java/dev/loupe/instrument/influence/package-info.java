/**
 * Which training documents taught a model something: influence functions with EK-FAC curvature
 * (Grosse et al. 2023; George et al. 2018). {@link dev.loupe.instrument.influence.FitInfluence}
 * reads a corpus and keeps the curvature of each linear map in a folder, {@link
 * dev.loupe.instrument.influence.AskInfluence} scores every document of it for a completion.
 *
 * <p>May import: corpus, model and model.training, and the rooms below them; no other instrument.
 */
@NullMarked
package dev.loupe.instrument.influence;

import org.jspecify.annotations.NullMarked;

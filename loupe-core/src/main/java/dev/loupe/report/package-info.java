/**
 * Reports: what a run found, written for people. {@link dev.loupe.report.HtmlPage} puts a trace
 * into the one page that shows it.
 *
 * <p>May import: fault, hub, statistics, JSON.
 */
@NullMarked
package dev.loupe.report;

import org.jspecify.annotations.NullMarked;

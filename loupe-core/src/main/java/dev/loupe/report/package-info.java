/**
 * How every instrument says what it found: a {@link dev.loupe.report.Finding} is an answer with its
 * {@link dev.loupe.report.Evidence} and {@link dev.loupe.report.Provenance}. {@link
 * dev.loupe.report.ReportJson} writes them, {@link dev.loupe.report.ReportFile} puts them on the
 * disk completely or not at all, {@link dev.loupe.report.HtmlPage} puts a result into the one page
 * that shows it.
 *
 * <p>May import: fault, hub, statistics, JSON. An instrument imports this room, never the other
 * way.
 */
@NullMarked
package dev.loupe.report;

import org.jspecify.annotations.NullMarked;

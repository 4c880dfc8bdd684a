/**
 * Tests of the page in a real browser, offline: {@link dev.loupe.web.Browser} opens it, {@link
 * dev.loupe.web.SampleTrace} makes what it shows.
 */
@NullMarked
package dev.loupe.web;

import org.jspecify.annotations.NullMarked;

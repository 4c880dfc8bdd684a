package dev.loupe.outcomes;

/** One HTML file that all can read: no script, no network. */
public final class PlainPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --paper: light-dark(#f7f5f0, #14161b); --sheet: light-dark(#fffefb, #1b1e25);
        --rule: light-dark(#e3ded2, #2e333e); --ink: light-dark(#1e222b, #e7e5df); --soft: light-dark(#555b67, #b0b4bd);
        --faint: light-dark(#69675f, #969ca8); --accent: light-dark(#00735a, #3fc6a0); }
      body { margin: 0 auto; max-width: 1168px; padding: 28px 20px 48px; background: var(--paper); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
      h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Charter, Georgia, "DejaVu Serif", serif;
        font-weight: 600; line-height: 1.25; margin: 0; }
      h1 { font-size: 1.75rem; }
      h2 { font-size: 1.125rem; margin-bottom: 10px; }
      p { margin: 0; }
      .brand { color: var(--accent); font-size: 0.8125rem; font-weight: 600; letter-spacing: 0.02em; margin-bottom: 6px; }
      .lead { color: var(--soft); margin-top: 6px; overflow-wrap: anywhere; }
      section { margin-top: 20px; padding: 18px 22px 20px; background: var(--sheet); border: 1px solid var(--rule); border-radius: 10px; }
      .said { margin: 0; padding-left: 1.1em; }
      .said span { white-space: nowrap; }
      .said li { margin: 3px 0; overflow-wrap: anywhere; }
      /* An edge in shade where a table goes on; sheets that scroll with it cover the shade at its ends. */
      .scroll { overflow-x: auto; background:
        linear-gradient(90deg, var(--sheet) 30%, transparent) 0 0 / 36px 100% no-repeat local,
        linear-gradient(270deg, var(--sheet) 30%, transparent) 100% 0 / 36px 100% no-repeat local,
        linear-gradient(90deg, var(--rule), transparent) 0 0 / 14px 100% no-repeat scroll,
        linear-gradient(270deg, var(--rule), transparent) 100% 0 / 14px 100% no-repeat scroll; }
      .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
      .forest { display: block; max-width: none; margin: -12px -24px 0; }
      .key, .quiet { color: var(--soft); font-size: 0.8125rem; }
      .key { margin-top: 10px; }
      table { border-collapse: collapse; min-width: 100%; font-size: 0.8438rem; font-variant-numeric: tabular-nums; }
      th { text-align: left; font-weight: 500; color: var(--soft); border-bottom: 1px solid var(--rule); }
      th, td { padding: 5px 22px 5px 0; white-space: nowrap; }
      th:last-child, td:last-child { padding-right: 0; }
      td { border-bottom: 1px solid color-mix(in srgb, var(--rule) 60%, transparent); }
      td:not(.number) { white-space: normal; min-width: 13ch; max-width: 30ch; overflow-wrap: anywhere; }
      .number { text-align: right; }
      .pooled td { font-weight: 600; }
      @media (max-width: 620px) {
        section { padding: 14px; }
        th, td { padding-right: 12px; }
        td:not(.number) { min-width: 9ch; }
      }
      """;

  private PlainPage() {}

  /**
   * A whole page.
   *
   * @param command whose page it is, plain text as all but the last two
   * @param title of the window
   * @param heading of the page
   * @param lead what was looked at
   * @param style rules beside those of all pages
   * @param body sections of HTML
   */
  public static String of(
      String command, String title, String heading, String lead, String style, String body) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>%s</title>
    <style>%s%s</style>
    </head>
    <body>
    <header>
    <p class="brand">Loupe · %s</p>
    <h1>%s</h1>
    <p class="lead">%s</p>
    </header>
    <main>
    %s
    </main>
    </body>
    </html>
    """
        .formatted(
            Markup.escaped(title),
            STYLE,
            style,
            Markup.escaped(command),
            Markup.escaped(heading),
            Markup.escaped(lead),
            body);
  }
}

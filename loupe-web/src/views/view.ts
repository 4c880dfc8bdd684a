// What the page knows of a view.

export interface View {
  /** Name and version of the JSON that it reads, such as "loupe.trace/1". */
  readonly schema: string;
  /** With its article, as the start of a sentence: "This trace". */
  readonly name: string;
  /**
   * Fills the host.
   *
   * @throws Error when the result lacks something, in words for a person
   */
  show(result: Readonly<Record<string, unknown>>, host: HTMLElement): void;
}

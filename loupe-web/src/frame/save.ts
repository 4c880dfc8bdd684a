// A text that the reader keeps as a file.
import { html } from "../draw/element";

export function saveText(name: string, text: string, type = "text/plain"): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Units under a name as `loupe trace --supernodes` reads them. */
export function supernodeLine(name: string, addresses: readonly string[]): string {
  return `${name.replaceAll(/\s+/g, " ").trim() || "no name"}: ${addresses.join(" ")}\n`;
}

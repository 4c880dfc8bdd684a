package dev.loupe.cli.option;

import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The prompt: on the command line, from standard input or from a file. */
public final class PromptOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The text, in quotes; - reads it from standard input.")
  private Optional<String> argument = Optional.empty();

  @Option(
      names = "--prompt-file",
      paramLabel = "FILE",
      order = 1,
      description = "Read the text from a file instead; one line break at its end is dropped.")
  private Optional<Path> file = Optional.empty();

  /**
   * The prompt's text.
   *
   * @throws ParameterException if there is none, or two
   * @throws LoupeException if it is empty, or no UTF-8 text
   */
  public String read(Terminal terminal) {
    if (argument.isPresent() == file.isPresent()) {
      throw UsageError.of(
          command,
          argument.isPresent()
              ? "PROMPT and --prompt-file exclude each other: give one of them."
              : "There is no prompt: give it in quotes, as - from standard input, or by"
                  + " --prompt-file.");
    }
    String prompt;
    try {
      if (file.isPresent()) {
        prompt = text(file.get().toString(), Files.readAllBytes(file.get()));
      } else if (argument.get().equals("-")) {
        prompt = text("standard input", terminal.in().readAllBytes());
      } else {
        prompt = argument.get();
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file.map(Path::toString).orElse("standard input"), e);
    }
    if (prompt.isEmpty()) {
      throw LoupeException.badInput("the prompt is empty", "Give at least one character of text.");
    }
    return prompt;
  }

  /** The bytes as text; a byte order mark and one line break at the end are dropped. */
  public static String text(String where, byte[] bytes) {
    LfsPointer.refuse(where, bytes);
    try {
      String text = FileText.decode(bytes);
      return text.replaceFirst("\\R\\z", "");
    } catch (CharacterCodingException e) {
      throw LoupeException.badInput(
          where + ": is not UTF-8 text: " + e.getMessage(), "Convert it to UTF-8 first.", e);
    }
  }
}

package dev.loupe.cli.trace;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.trace.AttentionQuestion;
import dev.loupe.instrument.trace.NamedUnits;
import dev.loupe.instrument.trace.Reference;
import dev.loupe.instrument.trace.SetTest;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.instrument.trace.TraceRequest.FirstPosition;
import dev.loupe.instrument.trace.TraceRequest.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code loupe trace} besides the prompt. */
public final class TraceOptions {
  private static final Pattern HEAD =
      Pattern.compile("(\\d{1,6})/(\\d{1,6})(?:@(\\d{1,9})(?::(\\d{1,9}))?)?");

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--chat",
      order = 3,
      description = "Ask the prompt as a user message, in the model's chat template.")
  private boolean chat;

  @Option(
      names = "--target",
      paramLabel = "TEXT",
      order = 10,
      description =
          "Explain this next token, leading space included; repeatable"
              + " (default: the top tokens up to probability 0.95, at most 10).")
  private List<String> targets = List.of();

  @Option(
      names = "--against",
      paramLabel = "TEXT",
      order = 11,
      description = "Explain why --target rather than this token.")
  private Optional<String> against = Optional.empty();

  @Option(
      names = "--at",
      paramLabel = "POSITION",
      order = 12,
      description = "Explain the token after this position, counted from 0 (default: the last).")
  private @Nullable Integer at;

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 13,
      description =
          "Seed of the Almanac that the model was trained on: if the prompt asks for two hops, test"
              + " whether the answer passes through the bridge entity (default: known for the"
              + " models that come with Loupe).")
  private @Nullable Long world;

  @Option(
      names = "--coverage",
      paramLabel = "SHARE",
      order = 20,
      converter = OptionConverters.Share.class,
      description =
          "List nodes until they cover this share of influence (default: ${DEFAULT-VALUE}).")
  private double coverage = 0.8;

  @Option(
      names = "--max-nodes",
      paramLabel = "COUNT",
      order = 21,
      converter = OptionConverters.Count.class,
      description =
          "List at most this many nodes (default: 2000 neurons, fewer for prompts over 16 tokens, or"
              + " 6000 features of a dictionary).")
  private @Nullable Integer maxNodes;

  @Option(
      names = "--max-edges",
      paramLabel = "COUNT",
      order = 25,
      converter = OptionConverters.Count.class,
      description = "Show at most this many edges, the strongest (default: ${DEFAULT-VALUE}).")
  private int maxEdges = TraceRequest.DEFAULT_MAX_EDGES;

  @Option(
      names = "--first-position",
      paramLabel = "CHOICE",
      order = 24,
      description =
          "Neurons of the first token: follow them, hold them as constants, or auto, which holds"
              + " them if the model uses that token as an attention sink (default: auto).")
  private FirstPosition firstPosition = FirstPosition.AUTO;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      order = 22,
      converter = OptionConverters.Memory.class,
      description = "Stay within this memory, for example 4GiB.")
  private @Nullable Long maxMemory;

  @Option(
      names = "--attention",
      paramLabel = "HEAD",
      order = 14,
      description =
          "Also explain why a head attends where it does: LAYER/HEAD, or LAYER/HEAD@QUERY:KEY for"
              + " two positions (default: from the explained one to where it attends most);"
              + " repeatable.")
  private List<String> attention = List.of();

  @Option(
      names = "--sets",
      paramLabel = "HOW",
      order = 26,
      description =
          "Ablate the strongest nodes together and compare with random sets: full, quick, none, or"
              + " auto, which is full where the model runs fast (default: auto).")
  private Sets sets = Sets.AUTO;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      order = 27,
      description =
          "Take nodes for that by predicted effect of ablating one alone, or by influence"
              + " (default: effect).")
  private SetTest.Order setOrder = SetTest.Order.EFFECT;

  @Option(
      names = "--reference",
      paramLabel = "FILE",
      order = 28,
      description =
          "Texts, one a line, whose mean activations are ablated to and whose predictions should"
              + " stay (default: English sentences that come with Loupe; questions about the"
              + " Almanac for models that were trained on it).")
  private Optional<Path> reference = Optional.empty();

  @Option(
      names = "--supernodes",
      paramLabel = "FILE",
      order = 29,
      description =
          "Group nodes as this file says instead of as proposed: a supernode a line, NAME:"
              + " LAYER/NUMBER@POSITION ….")
  private Optional<Path> supernodes = Optional.empty();

  @Option(
      names = "--write-supernodes",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 712,
      description = "Write the supernodes as such a file, to edit.")
  private Optional<ResultFile> writtenSupernodes = Optional.empty();

  @Option(
      names = "--evidence",
      order = 32,
      description = "Show every check, not only those that failed.")
  private boolean evidence;

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "Paths to show in the summary (default: ${DEFAULT-VALUE}).")
  private int top = 10;

  @Option(
      names = "--group",
      order = 31,
      description = "Merge nodes of one layer and position that act together.")
  private boolean group;

  @Option(
      names = "--graph",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 711,
      description = "Write the graph in the Neuronpedia schema.")
  private Optional<ResultFile> graph = Optional.empty();

  /**
   * Checks what no single option can, before any work is done.
   *
   * @throws ParameterException if options contradict each other
   */
  public void check() {
    if (against.isPresent() && targets.size() != 1) {
      throw UsageError.of(command, "--against needs exactly one --target.");
    }
    attention();
  }

  /** Whether the prompt is a user's message. */
  public boolean chat() {
    return chat;
  }

  /** The tokens to explain; empty for the model's own top tokens. */
  public List<String> targets() {
    return List.copyOf(targets);
  }

  /** The token to set against the one target. */
  public Optional<String> against() {
    return against;
  }

  /** The position whose next token is explained; negative counts from the end. */
  public OptionalInt at() {
    return at == null ? OptionalInt.empty() : OptionalInt.of(at);
  }

  /** Whether every check is told. */
  public boolean evidence() {
    return evidence;
  }

  /** How thoroughly sets are ablated. */
  public Sets sets() {
    return sets;
  }

  /** In which order nodes are taken for them. */
  public SetTest.Order order() {
    return setOrder;
  }

  /**
   * The supernodes of a file, none if proposed ones are wanted.
   *
   * @throws dev.loupe.fault.LoupeException if it cannot be read or holds something else
   */
  public List<NamedUnits> supernodes() {
    return supernodes
        .map(file -> {
          try {
            return NamedUnits.parse(
                PromptOptions.text(file.toString(), Files.readAllBytes(file)),
                file.getFileName().toString());
          } catch (IOException e) {
            throw FileFault.cannotRead(file.toString(), e);
          }
        })
        .orElse(List.of());
  }

  /** Where the supernodes are written. */
  public Optional<ResultFile> writtenSupernodes() {
    return writtenSupernodes;
  }

  /**
   * The texts of a file.
   *
   * @throws dev.loupe.fault.LoupeException if it cannot be read or holds no text
   */
  public Optional<Reference> reference() {
    return reference.map(file -> {
      try {
        List<String> lines =
            PromptOptions.text(file.toString(), Files.readAllBytes(file))
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        if (lines.isEmpty()) {
          throw LoupeException.badInput(
              file + " holds no text", "Write one text a line, for example sentences.");
        }
        return new Reference(
            String.format(Locale.ROOT, "%,d texts of %s", lines.size(), file.getFileName()),
            lines,
            false);
      } catch (IOException e) {
        throw FileFault.cannotRead(file.toString(), e);
      }
    });
  }

  /** The seed of the world that the model was trained on. */
  public OptionalLong world() {
    return world == null ? OptionalLong.empty() : OptionalLong.of(world);
  }

  /** The share of influence to cover, above 0, at most 1. */
  public double coverage() {
    return coverage;
  }

  /** The most nodes to list; empty for the usual number. */
  public OptionalInt maxNodes() {
    return maxNodes == null ? OptionalInt.empty() : OptionalInt.of(maxNodes);
  }

  /** The most edges to show. */
  public int maxEdges() {
    return maxEdges;
  }

  /** What happens to the neurons of the first token. */
  public FirstPosition firstPosition() {
    return firstPosition;
  }

  /** The most memory to take, in bytes. */
  public OptionalLong maxMemory() {
    return maxMemory == null ? OptionalLong.empty() : OptionalLong.of(maxMemory);
  }

  /**
   * The heads to explain.
   *
   * @throws ParameterException if one is not written as it must be
   */
  public List<AttentionQuestion> attention() {
    return attention.stream().map(this::head).toList();
  }

  private AttentionQuestion head(String text) {
    Matcher parts = HEAD.matcher(text);
    if (!parts.matches()) {
      throw UsageError.of(
          command,
          "Invalid value '%s' for option '--attention': write LAYER/HEAD, LAYER/HEAD@QUERY or LAYER/HEAD@QUERY:KEY."
              .formatted(text));
    }
    return new AttentionQuestion(
        Integer.parseInt(parts.group(1)),
        Integer.parseInt(parts.group(2)),
        number(parts.group(3)),
        number(parts.group(4)));
  }

  private static OptionalInt number(@Nullable String text) {
    return text == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(text));
  }

  /** Paths to show in the summary. */
  public int top() {
    return top;
  }

  /** Whether nodes that act together are merged. */
  public boolean group() {
    return group;
  }

  /** Where the graph in the Neuronpedia schema goes. */
  public Optional<ResultFile> graph() {
    return graph;
  }
}

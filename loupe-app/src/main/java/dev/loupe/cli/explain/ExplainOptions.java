package dev.loupe.cli.explain;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.instrument.explain.Conversation;
import dev.loupe.instrument.explain.ExplainRequest;
import dev.loupe.instrument.explain.ExplainRequest.AnswerAsked;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.instrument.explain.Level;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.instrument.explain.Method;
import dev.loupe.instrument.explain.Perturbation;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is asked of an explanation. */
final class ExplainOptions {
  @Option(
      names = "--chat",
      order = 10,
      description = "The prompt is the user's turn, which the model's chat template renders.")
  private boolean chat;

  @Option(
      names = "--messages",
      order = 10,
      description =
          "The prompt is a conversation: a JSON list of messages with role and content, which the"
              + " model's chat template renders.")
  private boolean messages;

  @Option(
      names = "--examples",
      paramLabel = "START",
      order = 17,
      description =
          "The units are the examples of a few-shot prompt: each begins on a line with this text,"
              + " such as Q:, and so does the question, which stays.")
  private Optional<String> examples = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "TEXT",
      order = 11,
      description = "Explain this answer (default: the model's own).")
  private Optional<String> target = Optional.empty();

  @Option(
      names = "--against",
      paramLabel = "TEXT",
      order = 12,
      description =
          "Explain why the answer rather than this one: the log-odds of the two; repeatable,"
              + " against the mean of several.")
  private List<String> against = List.of();

  @Option(
      names = "--max-tokens",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description = "Length of the model's own answer at most (default: ${DEFAULT-VALUE}).")
  private int maxTokens = AnswerAsked.DEFAULT_TOKENS;

  @Option(
      names = "--measure",
      paramLabel = "NAME",
      order = 14,
      description =
          "What is measured for each text: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})."
              + " The others compare texts, for servers that give no log-probabilities; similarity"
              + " needs --embedding.")
  private Measure measure = Measure.LOG_PROBABILITY;

  @Option(
      names = "--embedding",
      paramLabel = "FOLDER",
      order = 14,
      description =
          "Embedding model for --measure similarity: a folder with model.onnx and tokenizer.json.")
  private Optional<Path> embedding = Optional.empty();

  @Option(
      names = "--levels",
      paramLabel = "LEVEL",
      split = ",",
      order = 15,
      description =
          "Cut the prompt into these units, the strongest into those of the next: paragraph,"
              + " sentence, phrase, word, token; of a conversation exchange (a user's turn and the"
              + " answer to it) and turn before these (default: word, of longer prompts"
              + " sentence,word).")
  private List<Level> levels = List.of();

  @Option(
      names = "--refine",
      paramLabel = "COUNT",
      order = 16,
      converter = OptionConverters.Count.class,
      description = "Units of a level that are cut into smaller ones (default: ${DEFAULT-VALUE}).")
  private int refine = 1;

  @Option(
      names = "--segment",
      paramLabel = "TEXT",
      order = 17,
      description =
          "This stretch of the prompt is one unit, such as a document; repeatable, all else stays.")
  private List<String> segments = List.of();

  @Option(
      names = "--fixed",
      paramLabel = "TEXT",
      order = 18,
      description = "This stretch of the prompt always stays, such as the question; repeatable.")
  private List<String> fixed = List.of();

  @Option(
      names = "--replacement",
      paramLabel = "TEXT",
      order = 19,
      description = "Replace units by this text, such as a mask token.")
  private Optional<String> replacement = Optional.empty();

  @Option(
      names = "--perturbation",
      paramLabel = "NAME",
      order = 19,
      description =
          "What becomes of a unit that is left out: ${COMPLETION-CANDIDATES}. infilling puts the"
              + " model's own continuation of the text before the unit in its place (default with a"
              + " model's weights); deletion is the default on servers.")
  private Optional<LeftOut> perturbation = Optional.empty();

  /** The perturbations without a text of their own. */
  private enum LeftOut {
    INFILLING,
    DELETION;

    Perturbation perturbation() {
      return switch (this) {
        case INFILLING -> new Perturbation.Infilling();
        case DELETION -> new Perturbation.Deletion();
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--method",
      paramLabel = "NAME",
      order = 20,
      description =
          "How scores become one number a unit: ${COMPLETION-CANDIDATES} (default: shapley of up to"
              + " six units, l-shap of more).")
  private Optional<Method> method = Optional.empty();

  @Option(
      names = "--radius",
      paramLabel = "UNITS",
      order = 21,
      converter = OptionConverters.Count.class,
      description = "Window of l-shap to each side (default: ${DEFAULT-VALUE}).")
  private int radius = Scores.DEFAULT.radius();

  @Option(
      names = "--factor",
      paramLabel = "TEXTS",
      order = 22,
      converter = OptionConverters.Count.class,
      description = "Texts a unit for c-lime (default: ${DEFAULT-VALUE}).")
  private int factor = Scores.DEFAULT.factor();

  @Option(
      names = "--nonzeros",
      paramLabel = "UNITS",
      order = 23,
      converter = OptionConverters.Count.class,
      description = "Units that c-lime may choose, by the lasso (default: all).")
  private @Nullable Integer nonzeros;

  @Option(
      names = "--ridge",
      paramLabel = "PENALTY",
      order = 24,
      description = "Penalty of c-lime's fit of all units (default: ${DEFAULT-VALUE}).")
  private double ridge;

  @Option(
      names = "--draws",
      paramLabel = "COUNT",
      order = 25,
      description =
          "Random orders of removal that the scores are compared with; 0 leaves the comparison out"
              + " (default: ${DEFAULT-VALUE}).")
  private int draws = ExplainRequest.DEFAULT_DRAWS;

  @Option(
      names = "--max-calls",
      paramLabel = "COUNT",
      order = 26,
      converter = OptionConverters.Count.class,
      description = "Stop before more texts than this would be scored.")
  private @Nullable Integer maxCalls;

  ExplainRequest request(String given, Function<Path, EmbeddingModel> open) {
    if (examples.isPresent() && !segments.isEmpty()) {
      throw new IllegalArgumentException("`examples` and `segment` both say what the units are");
    }
    String prompt = messages ? Conversation.text(MessagesJson.read(given)) : given;
    return new ExplainRequest(
        prompt,
        chat || messages,
        new AnswerAsked(target, against, measure, maxTokens, embedding.map(open)),
        new Parts(
            levels,
            examples.map(start -> Conversation.examples(prompt, start)).orElse(segments),
            fixed,
            refine,
            perturbation()),
        new Scores(method, radius, factor, optional(nonzeros), ridge),
        draws,
        optional(maxCalls));
  }

  private Optional<Perturbation> perturbation() {
    if (perturbation.isPresent() && replacement.isPresent()) {
      throw new IllegalArgumentException(
          "`perturbation` and `replacement` both say what stands in a unit's place");
    }
    return perturbation
        .map(LeftOut::perturbation)
        .or(() -> replacement.map(Perturbation.Replacement::new));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}

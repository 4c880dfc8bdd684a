package dev.loupe.tokenizer;

import com.google.common.collect.ImmutableSet;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.objects.date.FixedDateTimeProvider;
import dev.loupe.fault.LoupeException;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One rendering by Jinjava, set up to read templates as Python's Jinja does, without anything that
 * a chat template does not need. Used once.
 */
final class JinjaRenderer {
  private static final int LARGEST_TEMPLATE = 1 << 20;
  private static final int LARGEST_OUTPUT = 4 << 20;
  private static final int LARGEST_LIST = 10_000;
  private static final int MOST_STEPS = 200_000;

  private static final ImmutableSet<String> TAGS =
      ImmutableSet.of(
          "for",
          "endfor",
          "if",
          "elif",
          "else",
          "endif",
          "set",
          "endset",
          "macro",
          "endmacro",
          "call",
          "endcall",
          "raw",
          "endraw",
          "break",
          "continue",
          "do",
          "enddo");
  private static final ImmutableSet<String> FUNCTIONS = ImmutableSet.of(":namespace", ":range");
  private static final ImmutableSet<String> FILTERS =
      ImmutableSet.of(
          "abs",
          "allow_snake_case",
          "bool",
          "capitalize",
          "count",
          "d",
          "default",
          "dictsort",
          "first",
          "float",
          "int",
          "join",
          "last",
          "length",
          "list",
          "lower",
          "map",
          "reject",
          "rejectattr",
          "replace",
          "reverse",
          "round",
          "safe",
          "select",
          "selectattr",
          "sort",
          "string",
          "sum",
          "title",
          "tojson",
          "trim",
          "unique",
          "upper");

  private final String name;
  private final Jinjava jinjava;
  private int steps;

  JinjaRenderer(String name, Clock clock) {
    this.name = name;
    Context known = new Jinjava().getGlobalContext();
    Map<Context.Library, Set<String>> disabled = new EnumMap<>(Context.Library.class);
    disabled.put(Context.Library.TAG, allBut(TAGS, known.getAllTags(), tag -> tag.getName()));
    disabled.put(
        Context.Library.FUNCTION,
        allBut(FUNCTIONS, known.getAllFunctions(), function -> function.getName()));
    disabled.put(
        Context.Library.FILTER, allBut(FILTERS, known.getAllFilters(), filter -> filter.getName()));
    this.jinjava =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withDisabled(disabled)
                .withElResolver(PythonMethods.resolver())
                .withInterperterFactory(new PythonPrinting.Factory())
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withMaxRenderDepth(64)
                .withMaxMacroRecursionDepth(32)
                .withEnableRecursiveMacroCalls(true)
                .withMaxOutputSize(LARGEST_OUTPUT)
                .withMaxStringLength(LARGEST_OUTPUT)
                .withMaxListSize(LARGEST_LIST)
                .withMaxMapSize(LARGEST_LIST)
                .withRangeLimit(LARGEST_LIST)
                .withTimeZone(clock.getZone())
                .withDateTimeProvider(new FixedDateTimeProvider(clock.millis()))
                .withProcessors(
                    JinjavaProcessors.newBuilder()
                        .withNodePreProcessor((node, interpreter) -> countSteps(1))
                        .build())
                .withLegacyOverrides(asPythonDoes())
                .build());
    Context context = jinjava.getGlobalContext();
    context.registerTag(new FilteredForTag(this::countSteps));
    context.registerTag(new GenerationTag());
    context.registerFilter(new ToJsonFilter());
    context.registerFunction(
        new ELFunctionDefinition(
            "", "raise_exception", JinjaFunctions.class, "raiseException", Object.class));
    context.registerFunction(
        new ELFunctionDefinition(
            "", "strftime_now", JinjaFunctions.class, "strftimeNow", Object.class));
  }

  /**
   * @throws LoupeException if the template is refused, refuses, or breaks a bound
   */
  String render(String template, Map<String, Object> bindings) {
    if (template.length() > LARGEST_TEMPLATE) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s has %,d characters; a chat template has at most %,d",
              name,
              template.length(),
              LARGEST_TEMPLATE),
          "choose another model, or write the prompt out");
    }
    // Templates ask whether these exist, and Jinjava looks among variables only.
    bindings.put("raise_exception", true);
    bindings.put("strftime_now", true);
    RenderResult result;
    try {
      result = jinjava.renderForResult(JinjaSource.readable(template), bindings);
    } catch (JinjaFunctions.Bound e) {
      throw tooMuch(e);
    } catch (StackOverflowError e) {
      throw LoupeException.resource(
          name + " nests too deeply to be rendered", "choose another model", e);
    }
    if (steps > MOST_STEPS) {
      throw tooMuch(null);
    }
    for (TemplateError error : result.getErrors()) {
      if (error.getSeverity() == TemplateError.ErrorType.FATAL
          || error.getReason() != TemplateError.ErrorReason.UNKNOWN) {
        throw failed(error);
      }
    }
    return result.getOutput();
  }

  private void countSteps(int more) {
    steps += more;
    if (steps > MOST_STEPS) {
      throw new JinjaFunctions.Bound();
    }
  }

  private LoupeException failed(TemplateError error) {
    for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
      if (cause instanceof JinjaFunctions.Raised raised) {
        return LoupeException.badInput(
            "%s refuses the conversation: %s".formatted(name, raised.getMessage()),
            "change the messages so that the model's template accepts them",
            raised);
      }
    }
    return LoupeException.badInput(
        "%s cannot be rendered, line %d: %s".formatted(name, error.getLineno(), error.getMessage()),
        "write the prompt out instead, and report the template",
        error.getException());
  }

  private LoupeException tooMuch(@Nullable Throwable cause) {
    String message = String.format(Locale.ROOT, "%s takes more than %,d steps", name, MOST_STEPS);
    String remedy = "shorten the conversation, or choose another model";
    return cause == null
        ? LoupeException.resource(message, remedy)
        : LoupeException.resource(message, remedy, cause);
  }

  private static <T> Set<String> allBut(
      Set<String> kept, Iterable<T> all, Function<T, String> naming) {
    Set<String> names = new TreeSet<>();
    all.forEach(entry -> names.add(naming.apply(entry)));
    return names.stream().filter(entry -> !kept.contains(entry)).collect(Collectors.toSet());
  }

  private static LegacyOverrides asPythonDoes() {
    return LegacyOverrides.newBuilder()
        .withEvaluateMapKeys(true)
        .withIterateOverMapKeys(true)
        .withUsePyishObjectMapper(true)
        .withUseNaturalOperatorPrecedence(true)
        .withParseWhitespaceControlStrictly(true)
        .withAllowAdjacentTextNodes(true)
        .withUseTrimmingForNotesAndExpressions(true)
        .withKeepNullableLoopValues(true)
        .withHandleBackslashInQuotesOnly(true)
        .build();
  }
}

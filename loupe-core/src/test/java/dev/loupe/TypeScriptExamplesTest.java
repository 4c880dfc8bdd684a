package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.TinyRequests.Asking;
import dev.loupe.job.Run;
import dev.loupe.report.FindingJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The page's types fit what the instruments write. The JSON of every request of {@link
 * TinyRequests}, its values replaced by 0 and "", stands in {@code loupe-web/src/api/examples.ts}
 * as a value of its type, and the type check of the web build refuses a property too many or too
 * few. {@code -Dloupe.write=true} makes the file anew.
 */
class TypeScriptExamplesTest {
  /** The type of each schema. */
  private static final SortedMap<String, String> TYPES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("loupe.trace/1", "Trace"),
              Map.entry("loupe.features/1", "Features"),
              Map.entry("loupe.greater-than/1", "Study"),
              Map.entry("loupe.steer/1", "Finding<SteerReport>"),
              Map.entry("loupe.lens/1", "Finding<LensReport>"),
              Map.entry("loupe.circuit/1", "Finding<CircuitReport>"),
              Map.entry("loupe.features-index/1", "Finding<IndexReport>"),
              Map.entry("loupe.features-labels/1", "Finding<LabelReport>"),
              Map.entry("loupe.features-search/1", "Finding<OnText> | Finding<OnToken>"),
              Map.entry("loupe.training/1", "Finding<TrainingReport & Measured>"),
              Map.entry("loupe.dictionary-evaluation/1", "Finding<Written>"),
              Map.entry("loupe.contrast/1", "Finding<ContrastReport>"),
              Map.entry("loupe.explain/1", "Finding<ExplainReport>"),
              Map.entry("loupe.highlight/1", "Finding<HighlightReport>"),
              Map.entry("loupe.influence-fit/1", "Finding<FitReport>"),
              Map.entry("loupe.influence/1", "Finding<AskReport>"),
              Map.entry("loupe.influence-comparison/1", "Finding<CompareInfluenceReport>"),
              Map.entry("loupe.influence-questions/1", "Finding<AskQuestionsReport>"),
              Map.entry("loupe.influence-validation/1", "Finding<ValidateReport>"),
              Map.entry("loupe.audit-ask/1", "Finding<AskModelReport>"),
              Map.entry("loupe.audit-bound/1", "Finding<BoundReport>"),
              Map.entry("loupe.audit-verify/1", "Finding<VerifyReport>"),
              Map.entry("loupe.audit-watch/1", "Finding<WatchReport>"),
              Map.entry("loupe.circuit-compare/1", "Finding<CompareCircuitsReport>"),
              Map.entry("loupe.features-neighbours/1", "Finding<NeighboursReport>"),
              Map.entry("loupe.features-match/1", "Finding<MatchReport>"),
              Map.entry("loupe.features-split/1", "Finding<SplitReport>"),
              Map.entry("loupe.features-neurons/1", "Finding<NeuronsReport>"),
              Map.entry("loupe.features-law/1", "Finding<LawReport>"),
              Map.entry("loupe.features-concepts/1", "Finding<ConceptsReport>"),
              Map.entry("loupe.features-map/1", "Finding<MapReport>")));

  /** Answers that spell their own JSON, which the page shows as tables, without types. */
  private static final Set<String> UNTYPED = Set.of("loupe.examination/1");

  /** Texts that are one of a few, and so part of the shape. */
  private static final Set<String> CHOICES =
      Set.of("kind", "support", "verdict", "schema", "grades");

  /** Objects whose names are data. */
  private static final Set<String> OPEN = Set.of("sections", "index", "settings");

  private static final String HEAD =
      """
      // Shapes of real JSON, made by TypeScriptExamplesTest (-Dloupe.write=true); the type check fails where a type does not fit.
      import type { AskModelReport, BoundReport } from "./audit";
      import type { VerifyReport } from "./audit-verify";
      import type { WatchReport } from "./audit-watch";
      import type { CircuitReport } from "./circuit";
      import type { CompareCircuitsReport } from "./circuit-compare";
      import type { Measured, Written } from "./dictionary";
      import type { ExplainReport } from "./explain";
      import type { ContrastReport } from "./explain-contrast";
      import type { HighlightReport } from "./explain-highlight";
      import type { Features } from "./features";
      import type { IndexReport } from "./features-index";
      import type { LabelReport } from "./features-labels";
      import type { MapReport } from "./features-map";
      import type { OnText, OnToken } from "./features-search";
      import type { Finding } from "./finding";
      import type { ConceptsReport, LawReport, MatchReport, NeighboursReport, NeuronsReport, SplitReport } from "./geometry";
      import type { Study } from "./greater-than";
      import type { AskQuestionsReport, AskReport, CompareInfluenceReport, FitReport, ValidateReport } from "./influence";
      import type { LensReport } from "./lens";
      import type { SteerReport } from "./steer";
      import type { Trace } from "./trace";
      import type { TrainingReport } from "./training";
      """;

  @TempDir private static Path folder;

  @Test
  void realJsonFitsTheTypes() throws IOException {
    SortedMap<String, SortedSet<String>> shapes = new TreeMap<>();
    try (TinyRequests requests = TinyRequests.open(folder)) {
      for (Asking<?, ?> each : requests.all()) {
        JsonNode json = JsonMapper.shared().readTree(FindingJson.of(each.ask(Run.silent(3))));
        shapes
            .computeIfAbsent(json.path("schema").asString(), _ -> new TreeSet<>())
            .add(shape("", json).toString());
      }
    }
    shapes.keySet().removeAll(UNTYPED);
    StringBuilder text = new StringBuilder(HEAD);
    shapes.forEach((schema, some) ->
        text.append("\nexport const ")
            .append(schema.replaceAll("loupe\\.|/\\d+", "").replace('-', '_'))
            .append(": readonly (%s)[] = [\n".formatted(TYPES.get(schema)))
            .append("  " + String.join(",\n  ", some))
            .append(",\n];\n"));
    Path file =
        Path.of(System.getProperty("loupe.root", "..")).resolve("loupe-web/src/api/examples.ts");
    if (Boolean.getBoolean("loupe.write")) {
      Files.writeString(file, text);
    }
    assertEquals(
        text.toString(), Files.readString(file), file + ": make it anew with -Dloupe.write=true");
  }

  private static JsonNode shape(String name, JsonNode json) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (json.isObject()) {
      ObjectNode object = nodes.objectNode();
      if (!OPEN.contains(name)) {
        json.properties()
            .forEach(each -> object.set(each.getKey(), shape(each.getKey(), each.getValue())));
      }
      return object;
    } else if (json.isArray()) {
      SortedMap<String, JsonNode> kinds = new TreeMap<>();
      for (JsonNode item : json) {
        JsonNode kind = shape(name, item);
        kinds.put(kind.toString(), kind);
      }
      ArrayNode array = nodes.arrayNode();
      kinds.values().forEach(array::add);
      return array;
    } else if (json.isString()) {
      // A claim's basis is one of a few; a dictionary's is a name or a folder.
      boolean isChoice =
          CHOICES.contains(name) || (name.equals("basis") && json.asString().matches("[A-Z]+"));
      return nodes.stringNode(isChoice ? json.asString() : "");
    }
    return json.isNumber()
        ? nodes.numberNode(0)
        : json.isBoolean() ? nodes.booleanNode(false) : json;
  }
}

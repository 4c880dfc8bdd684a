package dev.loupe.cli.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.IntermediateHop;
import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.examination.TraceExamination.Result;
import dev.loupe.examination.TraceScores;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.statistics.Estimate;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import dev.loupe.world.Relation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TraceScoresTest {
  private static final List<String> LINES =
      List.of(
          "NEURONS RANKED BY                    SPEARMAN, 95%           OF THE TOP 10, 95%     "
              + " CHANGE CAPTURED, 95%",
          "the trace's influence                0.500 [0.500, 0.500]    5.000 [3.040, 6.960]   "
              + " 0.800 [0.800, 0.800]",
          "the frozen model's prediction        0.900 [0.900, 0.900]    9.000 [9.000, 9.000]   "
              + " 0.950 [0.950, 0.950]",
          "norm of what it writes (baseline)    0.000 [0.000, 0.000]    0.000 [0.000, 0.000]   "
              + " 0.050 [0.050, 0.050]",
          "the influence, among listed neurons  0.700 [0.700, 0.700]",
          "chance                               0                       0.050",
          "",
          "BRIDGE ENTITY            SPLIT           FOUND  SHARE, 95%              CHANCE LEVEL",
          "promoted by a neuron     all           1 / 2     0.500 [0.095, 0.905]    0.100",
          "decoded by logit lens    all           0 / 2     0.000 [0.000, 0.658]    0.200",
          "either                   all           1 / 2     0.500 [0.095, 0.905]    0.300",
          "promoted by a neuron     trained       1 / 1     1.000 [0.207, 1.000]    0.100",
          "decoded by logit lens    trained       0 / 1     0.000 [0.000, 0.793]    0.200",
          "either                   trained       1 / 1     1.000 [0.207, 1.000]    0.300",
          "promoted by a neuron     held-out      0 / 1     0.000 [0.000, 0.793]    0.100",
          "decoded by logit lens    held-out      0 / 1     0.000 [0.000, 0.793]    0.200",
          "either                   held-out      0 / 1     0.000 [0.000, 0.793]    0.300");

  private static Asked asked(boolean heldOut) {
    Fact fact =
        new Fact(
            0, Relation.COUNTRY_LANGUAGE, "Koranza", "Bremal", List.of("Mondania"), heldOut, 1, 0);
    Question question =
        new Question(
            "two-hop-0001",
            "two-hop",
            "",
            "?",
            " Bremal",
            List.of(),
            Optional.of(fact),
            "",
            List.of());
    RankingScore ranking =
        new RankingScore(
            2000,
            300,
            Estimate.exactly(0.7, ""),
            new Ranking(Estimate.exactly(0.5, ""), heldOut ? 4 : 6, 0.8),
            new Ranking(Estimate.exactly(0.9, ""), 9, 0.95),
            // Orders nothing, which counts as 0.
            new Ranking(Estimate.exactly(Double.NaN, ""), 0, 0.05));
    return new Asked(
        question,
        ranking,
        new IntermediateHop(fact, "country", "Mondania", !heldOut, false, 0.1, 0.2, 0.3));
  }

  private static TraceScores scores() {
    return new TraceScores(
        "tiny", 7, 1, 3, new Result(List.of(asked(false), asked(true))), Optional.empty());
  }

  @Test
  void printsEveryFigureWithItsIntervalAndBaseline() {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]), nowhere, nowhere, false, false, false, 100);
    SummaryLines written = new SummaryLines(terminal);
    TraceScoreLines.show(scores(), terminal, written);
    List<String> lines = written.lines();
    assertTrue(lines.getFirst().startsWith("2 two-hop questions"), lines.getFirst());
    assertTrue(lines.getFirst().contains("2,000 neurons"), lines.getFirst());
    assertEquals(String.join("\n", LINES), String.join("\n", lines.subList(2, lines.size())));
  }

  @Test
  void writesThemWithEachQuestion() {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JsonMapper.shared().createGenerator(text)) {
      generator.writeStartObject();
      scores().writeProperties(generator);
      generator.writeEndObject();
    }
    JsonNode json = JsonMapper.shared().readTree(text.toString());
    assertEquals(5, json.at("/rankings/influence/overlap/value").asDouble());
    assertEquals(0.5, json.at("/between/all/promoted/share/value").asDouble());
    assertEquals(0.3, json.at("/between/held-out/found/chance").asDouble(), 1e-12);
    assertEquals(
        List.of(true, false),
        IntStream.range(0, 2)
            .mapToObj(i -> json.path("questions").get(i).path("promoted").asBoolean())
            .toList());
    assertTrue(json.at("/questions/0/written/spearman/value").isMissingNode());
  }

  @Test
  void refusesWhatItCannotHoldAgainstTheTruth() {
    Ran unknown = Ran.loupe("world", "evaluate", "-m", "none", "--instrument", "telepathy");
    assertEquals(ExitCode.USAGE.number(), unknown.exitCode());
    assertTrue(
        unknown.err().contains("none of trace, explain, highlight, influence, verify, audit"),
        unknown.err());
    Ran none =
        Ran.loupe("world", "evaluate", "-m", "none", "--instrument", "trace", "--questions", "0");
    assertEquals(ExitCode.USAGE.number(), none.exitCode());
    Ran chat = Ran.loupe("world", "evaluate", "-m", "none", "--instrument", "trace", "--chat");
    assertEquals(ExitCode.BAD_INPUT.number(), chat.exitCode());
    assertTrue(chat.err().contains("--chat"), chat.err());
  }
}

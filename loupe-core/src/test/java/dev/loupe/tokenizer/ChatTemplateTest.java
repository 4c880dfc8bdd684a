package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatTemplateTest {
  private static final Map<String, String> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2025-01-02T03:04:05Z"), ZoneOffset.UTC);

  private static String render(String template) {
    return ChatTemplate.of("template", template, TOKENS)
        .render(List.of(new Message("user", "hi")), true);
  }

  /** transformers gives both to every template, as none. */
  @Test
  void toolsAndDocumentsAreDefinedAndNone() {
    assertEquals("yes", render("{{ 'yes' if tools is defined else 'no' }}"));
    assertEquals("yes", render("{% if documents is defined %}yes{% endif %}"));
    assertEquals("no", render("{% if not tools is defined %}yes{% else %}no{% endif %}"));
    assertEquals("no", render("{{ 'yes' if tools is not defined else 'no' }}"));
    assertEquals("no", render("{{ 'yes' if tools is undefined else 'no' }}"));
    assertEquals("yes", render("{{ 'yes' if tools is none else 'no' }}"));
    assertEquals("no", render("{{ 'yes' if tools is not none else 'no' }}"));
    assertEquals("no", render("{{ 'yes' if tools else 'no' }}"));
    assertEquals("no", render("{{ 'yes' if other is defined else 'no' }}"));
    assertEquals("no", render("{{ 'yes' if messages[0].tools is defined else 'no' }}"));
    assertEquals("none", render("{% if tools is defined and tools is none %}none{% endif %}"));
  }

  @Test
  void severalTemplatesWithoutADefaultAreNamedWhenOneIsNeeded(@TempDir Path folder)
      throws IOException {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"chat_template": [{"name": "rag", "template": "r"}, {"name": "tool_use", "template": "t"}]}
        """);
    ChatTemplate several = TokenizerFiles.in(folder).chatTemplate().orElseThrow();
    LoupeException refusal =
        assertThrows(
            LoupeException.class, () -> several.render(List.of(new Message("user", "hi")), true));
    assertTrue(refusal.getMessage().endsWith("rag, tool_use"), refusal.getMessage());
    Path more = Files.createDirectories(folder.resolve("additional_chat_templates"));
    Files.writeString(more.resolve("summary.jinja"), "s");
    LoupeException longer =
        assertThrows(
            LoupeException.class,
            () ->
                TokenizerFiles.in(folder)
                    .chatTemplate()
                    .orElseThrow()
                    .render(List.of(new Message("user", "hi")), true));
    assertTrue(longer.getMessage().endsWith("rag, summary, tool_use"), longer.getMessage());
    Files.writeString(folder.resolve("chat_template.jinja"), "main");
    assertEquals(
        "main",
        TokenizerFiles.in(folder)
            .chatTemplate()
            .orElseThrow()
            .render(List.of(new Message("user", "hi")), true));
  }

  @Test
  void rendersAsPythonsJinjaDoes() throws IOException {
    JsonNode cases;
    try (InputStream file =
        Objects.requireNonNull(
            ChatTemplateTest.class.getResourceAsStream("/fixtures/chat-templates/cases.json"))) {
      cases = new JsonMapper().readTree(file.readAllBytes());
    }
    assertFalse(cases.isEmpty());
    for (JsonNode example : cases) {
      List<Message> messages =
          example
              .path("messages")
              .valueStream()
              .map(m -> new Message(m.path("role").asString(), m.path("content").asString()))
              .toList();
      ChatTemplate template =
          ChatTemplate.of(
                  example.path("name").asString(), example.path("template").asString(), TOKENS)
              .withClock(CLOCK);
      String expected = example.path("expected").asString();
      boolean generation = example.path("gen").asBoolean();
      if (expected.startsWith("ERR")) {
        LoupeException error =
            assertThrows(LoupeException.class, () -> template.render(messages, generation));
        assertTrue(error.toString().contains(expected.substring("ERR ".length())));
      } else {
        assertEquals(
            expected, template.render(messages, generation), example.path("name").asString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass() }}",
        "{{ messages.getClass().getClassLoader() }}",
        "{{ namespace(a=1).getClass() }}",
        "{{ range(3).getClass() }}",
        "{% for m in messages %}{{ loop.getClass().getName() }}{% endfor %}",
        "{{ ____int3rpr3t3r____.getConfig() }}",
        "{{ messages | attr('class') }}",
        "{{ 'x' | render }}",
        "{% include 'java/lang/Object.class' %}",
        "{% import 'x' as y %}",
      })
  void reachesNothingOfJava(String template) {
    assertThrows(LoupeException.class, () -> render(template));
  }

  @Test
  void propertiesOfJavaAreUndefined() {
    assertEquals("x", render("{{ ''.class.forName('java.lang.Runtime') }}x"));
    assertEquals("x", render("{{ messages[0]['class'] }}{{ messages.class }}x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}"
            + "{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='aaaaaaaaaa') %}{% for a in range(60) %}"
            + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      })
  void boundsWhatATemplateMayCompute(String template) {
    assertThrows(LoupeException.class, () -> render(template));
  }

  @Test
  void aRefusalIsToldInTheTemplatesOwnWords() {
    LoupeException error =
        assertThrows(LoupeException.class, () -> render("{{ raise_exception('no system role') }}"));
    assertTrue(error.toString().contains("template refuses the conversation: no system role"));
  }

  @Test
  void unknownConstructsAreErrors() {
    for (String template : List.of("{{ 'a'.foo() }}", "{% nosuch %}", "{{ 'a' | urlize }}")) {
      assertThrows(LoupeException.class, () -> render(template), template);
    }
  }

  @Test
  void whatAMessageSaysIsNeverReadAsTemplate() {
    String said = "{{ 1 + 1 }} {% if %} {# c #}";
    assertEquals(
        said,
        ChatTemplate.of("template", "{{ messages[0].content }}", Map.of())
            .render(List.of(new Message("user", said)), false));
  }
}

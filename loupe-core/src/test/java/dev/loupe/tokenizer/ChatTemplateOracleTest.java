package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@Tag("oracle")
class ChatTemplateOracleTest {
  @Test
  void equalsTheConversationsOfTheRealModel() throws IOException {
    JsonNode chat = Oracles.json(Oracles.file("smollm2/chat.json"));
    ChatTemplate template =
        ChatTemplate.of("smollm2", chat.path("chat_template").asString(), Map.of());
    try (Tokenizer tokenizer = Tokenizer.open(Oracles.file("smollm2/tokenizer.json"))) {
      for (JsonNode rendering : chat.path("renderings")) {
        List<Message> messages =
            rendering
                .path("messages")
                .valueStream()
                .map(m -> new Message(m.path("role").asString(), m.path("content").asString()))
                .toList();
        String text =
            template.render(messages, rendering.path("add_generation_prompt").asBoolean());
        assertEquals(rendering.path("text").asString(), text);
        assertArrayEquals(Oracles.ints(rendering.path("ids")), tokenizer.ids(text, true));
      }
    }
  }
}

package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationKeysTest {
  @TempDir Path folder;

  @Test
  void namesWhatChangesTheTokensAndIsNotApplied() throws IOException {
    write(
        """
        {"repetition_penalty": 1.1, "suppress_tokens": [3, 4], "begin_suppress_tokens": [],
         "no_repeat_ngram_size": 2, "a_future_key": true, "eos_token_id": [2, 7]}
        """);
    assertEquals(
        List.of(
            "generation_config.json sets 'repetition_penalty' to 1.1, which generation does not"
                + " apply",
            "generation_config.json sets 'suppress_tokens' to [3,4], which generation does not"
                + " apply",
            "generation_config.json sets 'no_repeat_ngram_size' to 2, which generation does not"
                + " apply",
            "generation_config.json sets 'a_future_key' to true, which generation does not apply"),
        GenerationKeys.notFollowed(folder));
  }

  @Test
  void isSilentAboutWhatTransformersWritesByDefault() throws IOException {
    write(
        """
        {"_from_model_config": true, "bos_token_id": 1, "do_sample": true, "temperature": 0.6,
         "top_p": 0.9, "repetition_penalty": 1.0, "num_beams": 1, "forced_eos_token_id": null,
         "max_new_tokens": 2048, "output_scores": false, "transformers_version": "5.2.0"}
        """);
    assertEquals(List.of(), GenerationKeys.notFollowed(folder));
    Files.delete(folder.resolve("generation_config.json"));
    assertEquals(List.of(), GenerationKeys.notFollowed(folder));
  }

  private void write(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
  }
}

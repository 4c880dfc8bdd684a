package dev.loupe.tokenizer;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A byte-level vocabulary as {@link BpeTrainer} learns it, ready to be written in Hugging Face's
 * format.
 *
 * @param controlTokens the first tokens of the vocabulary, spelt as they are; the first of them is
 *     put before every text that is encoded as a prompt
 * @param pieces every token in the order of its number, in the byte alphabet
 * @param merges in the order in which they apply
 */
public record TrainedBpe(List<String> controlTokens, List<String> pieces, List<Merge> merges) {
  /**
   * The prompt that a conversation becomes. It begins as every document of the training does:
   * nobody adds tokens to what a template writes.
   */
  static final String CHAT_TEMPLATE =
      "{{ '<|endoftext|>' }}"
          + "{% for message in messages %}"
          + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
          + "{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Two tokens that become one. */
  public record Merge(String left, String right) {}

  public TrainedBpe {
    controlTokens = List.copyOf(controlTokens);
    pieces = List.copyOf(pieces);
    merges = List.copyOf(merges);
  }

  /** What {@link #CHAT_TEMPLATE} renders, without Jinja: a corpus has many conversations. */
  static String render(List<Message> messages, boolean addGenerationPrompt) {
    StringBuilder text = new StringBuilder(BpeTrainer.END_OF_TEXT);
    for (Message message : messages) {
      text.append(BpeTrainer.TURN_START).append(message.role()).append('\n');
      text.append(message.content()).append(BpeTrainer.TURN_END).append('\n');
    }
    return addGenerationPrompt
        ? text.append(BpeTrainer.TURN_START).append("assistant\n").toString()
        : text.toString();
  }

  /**
   * Writes {@code tokenizer.json} and {@code tokenizer_config.json} (with a chat template when the
   * vocabulary has the tokens for it).
   *
   * @param folder is made when it is missing
   * @throws LoupeException if the disk refuses
   */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder);
      replace(folder.resolve("tokenizer.json"), tokenizerJson());
      replace(folder.resolve("tokenizer_config.json"), MAPPER.writeValueAsString(config()));
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  /** The text of {@code tokenizer.json}. */
  public String tokenizerJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < controlTokens.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", controlTokens.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putNull("normalizer");
    root.set("pre_tokenizer", preTokenizer());
    startOfText(root.putObject("post_processor"));
    byteLevel(root.putObject("decoder"));
    model(root.putObject("model"));
    return MAPPER.writeValueAsString(root);
  }

  /** Where texts are cut; each piece is then spelt in the byte alphabet. */
  static ObjectNode preTokenizer() {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
    ArrayNode steps = node.putArray("pretokenizers");
    ObjectNode split = steps.addObject().put("type", "Split");
    split.putObject("pattern").put("Regex", WordSplit.EXPRESSION);
    split.put("behavior", "Isolated").put("invert", false);
    byteLevel(steps.addObject());
    return node;
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", false);
  }

  /** A prompt begins as every document of the training does. */
  private void startOfText(ObjectNode node) {
    String start = controlTokens.getFirst();
    node.put("type", "TemplateProcessing");
    for (String form : List.of("single", "pair")) {
      ArrayNode template = node.putArray(form);
      template.addObject().putObject("SpecialToken").put("id", start).put("type_id", 0);
      template.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
      if (form.equals("pair")) {
        template.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
      }
    }
    ObjectNode token = node.putObject("special_tokens").putObject(start).put("id", start);
    token.putArray("ids").add(0);
    token.putArray("tokens").add(start);
  }

  private void model(ObjectNode node) {
    node.put("type", "BPE")
        .putNull("dropout")
        .putNull("unk_token")
        .putNull("continuing_subword_prefix")
        .putNull("end_of_word_suffix")
        .put("fuse_unk", false)
        .put("byte_fallback", false)
        .put("ignore_merges", false);
    ObjectNode vocabulary = node.putObject("vocab");
    for (int id = 0; id < pieces.size(); id++) {
      vocabulary.put(pieces.get(id), id);
    }
    ArrayNode list = node.putArray("merges");
    merges.forEach(merge -> list.add(merge.left() + " " + merge.right()));
  }

  private ObjectNode config() {
    String start = controlTokens.getFirst();
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config
        .put("tokenizer_class", "PreTrainedTokenizerFast")
        .put("bos_token", start)
        .put("eos_token", start)
        .put("pad_token", start)
        .put("clean_up_tokenization_spaces", false);
    if (controlTokens.containsAll(BpeTrainer.CHAT_TOKENS)) {
      config.put("chat_template", CHAT_TEMPLATE);
    }
    return config;
  }

  private static void replace(Path file, String text) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(aside, text);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}

package dev.loupe.model.family;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keys of a configuration that no family reads. Keys that are known to be without effect on the
 * logits pass; a key whose name suggests that it could change them is refused; the rest is listed
 * in a note.
 */
public final class UnreadSettings {
  /**
   * Without effect in every family: of transformers' base class, of training, of generation and of
   * other tools. What one family's code does not use and another's does is listed with the family.
   */
  static final Set<String> WITHOUT_EFFECT =
      Set.of(
          // The base class.
          "_name_or_path",
          "_attn_implementation_autoset",
          "_attn_implementation",
          "_commit_hash",
          "_from_model_config",
          "attn_implementation",
          "architectures",
          "auto_map",
          "chunk_size_feed_forward",
          "decoder_start_token_id",
          "dtype",
          "finetuning_task",
          "id2label",
          "label2id",
          "is_decoder",
          "model_type",
          "num_labels",
          "output_attentions",
          "output_hidden_states",
          "output_scores",
          "prefix",
          "problem_type",
          "return_dict",
          "return_dict_in_generate",
          "task_specific_params",
          "tokenizer_class",
          "torch_dtype",
          "torchscript",
          "transformers_version",
          "use_cache",
          "transformers.js_config",
          "unsloth_fixed",
          "unsloth_version",
          // Tokens: those that matter are read beside the tokenizer.
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "sep_token_id",
          "unk_token_id",
          "image_token_index",
          // Generation, for which Loupe has options of its own.
          "bad_words_ids",
          "begin_suppress_tokens",
          "diversity_penalty",
          "do_sample",
          "early_stopping",
          "encoder_no_repeat_ngram_size",
          "exponential_decay_length_penalty",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "length_penalty",
          "max_length",
          "min_length",
          "no_repeat_ngram_size",
          "num_beam_groups",
          "num_beams",
          "num_return_sequences",
          "remove_invalid_values",
          "repetition_penalty",
          "suppress_tokens",
          "temperature",
          "top_k",
          "top_p",
          "typical_p",
          // Training.
          "activation_dropout",
          "attention_dropout",
          "attention_probs_dropout_prob",
          "attn_pdrop",
          "classifier_dropout",
          "dropout",
          "embd_pdrop",
          "embed_dropout",
          "embedding_dropout",
          "residual_dropout",
          "hidden_dropout",
          "hidden_dropout_prob",
          "init_std",
          "initializer_range",
          "layerdrop",
          "resid_dropout",
          "resid_pdrop",
          "gradient_checkpointing",
          // Classification heads, which a language model lacks.
          "summary_activation",
          "summary_first_dropout",
          "summary_proj_to_labels",
          "summary_type",
          "summary_use_proj",
          // How the same numbers are computed.
          "pretraining_tp",
          "cache_implementation");

  /** Names that tell of something that could change the computation. */
  private static final Pattern TELLING =
      Pattern.compile(
          "rope|rotary|alibi|position|multipl|scal|cap(ping)?$|window|bias|norm|quant|clip|clamp|sink"
              + "|expert|moe|router|attention|attn|head|layer|hidden|inner|mlp|ffn|activation|embed"
              + "|residual|theta|factor|epsilon|_eps$|softmax|tie_|_size$|lora|adapter|logit|query|key_");

  private UnreadSettings() {}

  /**
   * Notes on settings that nothing reads.
   *
   * @throws LoupeException if one of them could change what the model computes
   */
  public static List<String> notes(Settings settings, Family family) {
    List<String> unknown = new ArrayList<>();
    for (String key : settings.unread()) {
      if (WITHOUT_EFFECT.contains(key) || family.withoutEffect().contains(key)) {
        continue;
      }
      if (key.equals("quantization_config") || key.equals("compression_config")) {
        throw LoupeException.badInput(
            settings.origin()
                + ": "
                + key
                + " says that the weights are quantised, in a form that Loupe does not read: "
                + settings.shown(key),
            "Choose the model's unquantised folder (F32, BF16 or F16) or a GGUF file of it.");
      }
      if (TELLING.matcher(key).find()) {
        throw LoupeException.badInput(
            settings.origin()
                + ": "
                + key
                + " is "
                + settings.shown(key)
                + ", a setting that Loupe does not know for this family and that could change what"
                + " the model computes",
            "If the family's own code does not use the key, remove it from the file; else choose"
                + " another model.");
      }
      unknown.add(key);
    }
    return unknown.isEmpty()
        ? List.of()
        : List.of(
            "The model's configuration has keys that Loupe does not know: "
                + String.join(", ", unknown)
                + ".");
  }
}

package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.WeightSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stored tensors that no part of the model reads. Buffers that hold no weights pass; one inside a
 * block that is run would have changed what the block computes, and is refused; the rest (a vision
 * tower, layers beyond those that the configuration counts) is named in a note.
 */
final class UnreadTensors {
  /** Masks and tables that older versions of the published code stored. */
  private static final Pattern BUFFER =
      Pattern.compile(
          "(^|.*\\.)(rotary_emb\\.inv_freq|attn\\.(attention\\.)?(bias|masked_bias)"
              + "|attention\\.(bias|masked_bias)|rope_freqs\\.weight|rope_factors_(long|short)\\.weight)");

  private static final Pattern OTHER_PART =
      Pattern.compile(
          "(model\\.)?(vision|multi_modal|visual|audio|image_|connector|mm_|v\\.|mm\\.).*");

  private static final Pattern BLOCK =
      Pattern.compile("(?:.*\\.)?(?:layers|h|blk)\\.(\\d{1,6})\\..*");

  private static final Pattern OF_THE_HEAD =
      Pattern.compile("(lm_head|embed_out|output|project_out|output_norm|token_embd)\\..*");

  /** Unread only where the configuration ties it to the embedding. */
  private static final Pattern HEAD = Pattern.compile("(lm_head|embed_out)\\.weight");

  private static final int MOST_NAMED = 5;

  private UnreadTensors() {}

  /**
   * Notes on tensors that nothing asked for.
   *
   * @param layers how many blocks are run
   * @throws LoupeException if one of them belongs to a block that is run, or to the head
   */
  static List<String> notes(WeightSource source, int layers) {
    List<String> left = new ArrayList<>();
    for (String name : source.unread()) {
      if (BUFFER.matcher(name).matches()) {
        continue;
      }
      Matcher block = BLOCK.matcher(name);
      boolean isOther = OTHER_PART.matcher(name).matches();
      boolean isRun = block.matches() && Integer.parseInt(block.group(1)) < layers;
      if (HEAD.matcher(name).matches()) {
        throw LoupeException.badInput(
            source.origin()
                + ": the configuration says that "
                + name
                + " is the embedding (tie_word_embeddings), and the file holds another: transformers"
                + " 4 computes with the embedding, transformers 5 with the stored "
                + name,
            "Set tie_word_embeddings to false to compute with the stored tensor, or take the tensor"
                + " out of the file to compute with the embedding.");
      }
      if (!isOther && (isRun || OF_THE_HEAD.matcher(name).matches())) {
        throw LoupeException.badInput(
            source.origin()
                + ": tensor "
                + name
                + " has no place in this architecture as Loupe and its configuration describe it",
            "The model would compute something else without it: choose a model whose configuration"
                + " and weights agree.");
      }
      left.add(name);
    }
    return left.isEmpty()
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "%,d stored tensors are not part of the language model and were left unread: %s.",
                left.size(),
                String.join(", ", left.subList(0, Math.min(left.size(), MOST_NAMED)))
                    + (left.size() > MOST_NAMED ? ", …" : "")));
  }
}

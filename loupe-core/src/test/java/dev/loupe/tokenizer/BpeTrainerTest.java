package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {
  private static final List<String> TEXTS =
      List.of(
          "The war lasted from the year 1711 to the year 1745. The wars didn't last.",
          "the rain in Spain stays mainly in the plain; the Spaniards' plains remain plain",
          "aaaa aaaaa aaaaaaa aabaab baabaa\n\n  aaaa\tbaab   ",
          "na\u00efve caf\u00e9 \u4f60\u597d\u4f60\u597d \ud83d\ude00\ud83d\ude00 \u00a0x\u2003y");

  private static TrainedBpe train(int size, List<String> texts) {
    BpeTrainer trainer = new BpeTrainer(size, BpeTrainer.CHAT_TOKENS);
    texts.forEach(trainer::add);
    return trainer.train();
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    WordSplit.words(text, words::add);
    return words;
  }

  /** Text of few letters, so that ties and repeated letters abound. */
  private static List<String> randomTexts(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, 60)
        .mapToObj(_ -> {
          StringBuilder text = new StringBuilder();
          int length = random.nextInt(1, 60);
          for (int i = 0; i < length; i++) {
            text.append("aaabbc \u00e9".charAt(random.nextInt(8)));
          }
          return text.toString();
        })
        .toList();
  }

  /** The definition: count every pair anew before every merge. */
  private static List<TrainedBpe.Merge> naiveMerges(int size, List<String> texts) {
    List<String> pieces = new ArrayList<>(BpeTrainer.CHAT_TOKENS);
    pieces.addAll(ByteAlphabet.characters());
    List<List<String>> words = new ArrayList<>();
    for (String text : texts) {
      words(text).forEach(word -> words.add(characters(word)));
    }
    List<TrainedBpe.Merge> merges = new ArrayList<>();
    while (pieces.size() < size) {
      // By number of the left, then of the right token: the first of the largest is the choice.
      Map<Integer, Map<Integer, Integer>> counts = new TreeMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts
              .computeIfAbsent(pieces.indexOf(word.get(i)), _ -> new TreeMap<>())
              .merge(pieces.indexOf(word.get(i + 1)), 1, Integer::sum);
        }
      }
      int best = 1;
      TrainedBpe.Merge choice = null;
      for (var left : counts.entrySet()) {
        for (var right : left.getValue().entrySet()) {
          if (right.getValue() > best) {
            best = right.getValue();
            choice = new TrainedBpe.Merge(pieces.get(left.getKey()), pieces.get(right.getKey()));
          }
        }
      }
      if (choice == null) {
        break;
      }
      merges.add(choice);
      String joined = choice.left() + choice.right();
      if (!pieces.contains(joined)) {
        pieces.add(joined);
      }
      for (List<String> word : words) {
        apply(choice, word);
      }
    }
    return merges;
  }

  private static List<String> characters(String word) {
    return IntStream.of(ByteAlphabet.numbers(word))
        .mapToObj(ByteAlphabet.characters()::get)
        .collect(ArrayList::new, List::add, List::addAll);
  }

  private static void apply(TrainedBpe.Merge merge, List<String> word) {
    for (int i = 0; i + 1 < word.size(); i++) {
      if (word.get(i).equals(merge.left()) && word.get(i + 1).equals(merge.right())) {
        word.set(i, merge.left() + merge.right());
        word.remove(i + 1);
      }
    }
  }

  private static int[] naiveEncode(TrainedBpe trained, String text) {
    Map<String, Integer> ids = new HashMap<>();
    trained.pieces().forEach(piece -> ids.put(piece, ids.size()));
    List<Integer> encoded = new ArrayList<>();
    for (String word : words(text)) {
      List<String> pieces = characters(word);
      trained.merges().forEach(merge -> apply(merge, pieces));
      pieces.forEach(piece -> encoded.add(ids.get(piece)));
    }
    return encoded.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void mergesWhatCountingAnewEveryTimeMerges() {
    for (long seed = 0; seed < 20; seed++) {
      List<String> texts = randomTexts(seed);
      assertEquals(naiveMerges(300, texts), train(300, texts).merges(), "seed " + seed);
    }
    assertEquals(naiveMerges(320, TEXTS), train(320, TEXTS).merges());
  }

  @Test
  void theOrderOfTheTextsDoesNotMatter() {
    assertEquals(train(300, TEXTS), train(300, TEXTS.reversed()));
  }

  @Test
  void huggingFacesLibraryEncodesAlikeAndDecodesBack() {
    TrainedBpe trained = train(300, TEXTS);
    try (Tokenizer tokenizer = Tokenizer.parse(trained.tokenizerJson(), "trained")) {
      List<String> texts = new ArrayList<>(TEXTS);
      texts.addAll(randomTexts(7));
      texts.add("x\u0085y\u180ez\u200b \u2028 \u0661\u0662\u0663 \u00b2\u00bd don't DON'T\r\n\r\n");
      for (String text : texts) {
        int[] ids = tokenizer.ids(text, false);
        assertArrayEquals(naiveEncode(trained, text), ids, text);
        assertEquals(text, tokenizer.decode(ids, false));
      }
      assertEquals(trained.pieces().size(), tokenizer.vocabularySize());
    }
  }

  @Test
  void aYearIsACenturyAndAYearInIt() {
    assertEquals(List.of("in", " 17", "11", "."), words("in 1711."));
  }

  @Test
  void controlTokensAreFirstAndAPromptBeginsWithOne() {
    try (Tokenizer tokenizer = Tokenizer.parse(train(260, TEXTS).tokenizerJson(), "trained")) {
      assertEquals(0, tokenizer.ids("a", true)[0]);
      assertArrayEquals(
          new int[] {0, 1, 2}, tokenizer.ids("<|endoftext|><|im_start|><|im_end|>", false));
      assertTrue(tokenizer.encodeAsText("<|im_end|>").size() > 1);
    }
  }

  @Test
  void aFolderHoldsTheTokenizerAndItsChatTemplate(@TempDir Path folder) {
    train(300, TEXTS).write(folder.resolve("model"));
    TokenizerFiles files = TokenizerFiles.in(folder.resolve("model"));
    files.tokenizer().close();
    ChatTemplate template = files.chatTemplate().orElseThrow();
    List<Message> turns =
        List.of(new Message("user", " hi\n"), new Message("assistant", "{{ 1 }} <|im_end|>"));
    assertEquals(
        "<|endoftext|><|im_start|>user\n hi\n<|im_end|>\n<|im_start|>assistant\n{{ 1 }} <|im_end|><|im_end|>\n",
        template.render(turns, false));
    for (boolean generation : new boolean[] {false, true}) {
      // With variables it goes through Jinja.
      assertEquals(
          template.render(turns, generation, Map.of("unused", 1)),
          template.render(turns, generation));
    }
    assertTrue(Files.exists(folder.resolve("model/tokenizer_config.json")));
  }

  @Test
  void aShortCorpusMakesASmallerVocabulary() {
    assertEquals(259 + 1, train(1000, List.of("ab", "ab")).pieces().size());
  }

  @Test
  void aVocabularyWithoutRoomForTheBytesIsRefused() {
    LoupeException error = assertThrows(LoupeException.class, () -> train(258, TEXTS));
    assertTrue(error.getMessage().contains("258"));
    assertTrue(error.remedy().contains("259"));
    assertEquals(259, train(259, TEXTS).pieces().size());
  }
}

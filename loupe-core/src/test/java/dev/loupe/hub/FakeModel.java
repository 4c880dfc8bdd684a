package dev.loupe.hub;

import dev.loupe.hub.RawServer.Answer;
import dev.loupe.hub.RawServer.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** A model as a well-behaved hub serves it: listing, HEAD, GET with ranges. */
final class FakeModel implements RawServer.Handler {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String WEIGHTS = "model.safetensors";

  final Map<String, byte[]> files = new LinkedHashMap<>();

  /** A small transformers model, with a pickle and code beside it that nobody should fetch. */
  static FakeModel small() {
    var model = new FakeModel();
    model.files.put("README.md", text("# a model"));
    model.files.put("config.json", text("{\"architectures\":[\"LlamaForCausalLM\"]}"));
    model.files.put("tokenizer.json", text("{}"));
    model.files.put("pytorch_model.bin", text("pickle"));
    model.files.put("modeling.py", text("import os"));
    model.files.put(WEIGHTS, weights(300_000));
    return model;
  }

  static byte[] weights(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  byte[] bytes(String file) {
    return files.getOrDefault(file, new byte[0]);
  }

  String etag(String file) {
    byte[] bytes = bytes(file);
    return isLarge(file) ? sum("SHA-256", bytes) : sum("SHA-1", blob(bytes));
  }

  static boolean isLarge(String file) {
    return file.endsWith(".safetensors") || file.endsWith(".gguf");
  }

  @Override
  public Answer answer(Request request) {
    if (request.path().startsWith("/api/models/")) {
      return listing();
    }
    String file = request.path().replaceFirst("^/.*/resolve/[^/]+/", "");
    if (!files.containsKey(file)) {
      return Answer.of(404, "").with("X-Error-Code", "EntryNotFound");
    }
    return request.method().equals("HEAD") ? head(file) : get(request, file);
  }

  Answer listing() {
    String siblings =
        files.keySet().stream()
            .map(name -> "{\"rfilename\":\"" + name + "\"}")
            .collect(Collectors.joining(","));
    return Answer.of(200, "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + siblings + "]}")
        .with("Content-Type", "application/json");
  }

  Answer head(String file) {
    String size = Integer.toString(bytes(file).length);
    Answer answer = Answer.of(200, bytes(file)).with("X-Repo-Commit", COMMIT);
    return isLarge(file)
        ? answer
            .with("ETag", "\"not-the-blob\"")
            .with("X-Linked-Etag", "\"" + etag(file) + "\"")
            .with("X-Linked-Size", size)
        : answer.with("ETag", "W/\"" + etag(file) + "\"");
  }

  Answer get(Request request, String file) {
    byte[] bytes = bytes(file);
    int from = from(request);
    if (from == 0) {
      return Answer.of(200, bytes);
    }
    return Answer.of(206, Arrays.copyOfRange(bytes, from, bytes.length))
        .with("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
  }

  static int from(Request request) {
    return request
        .header("Range")
        .map(range -> Integer.parseInt(range.replaceFirst("bytes=(\\d+)-", "$1")))
        .orElse(0);
  }

  private static byte[] blob(byte[] bytes) {
    byte[] head = text("blob " + bytes.length + "\0");
    byte[] all = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    return all;
  }

  private static String sum(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.loupe.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a template so that Jinjava reads it as Python's Jinja does, where the two differ. */
final class JinjaSource {
  private static final Pattern MACRO = Pattern.compile("\\{%[-+]?\\s*macro\\b");
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\b");
  private static final Pattern END_RAW = Pattern.compile("\\{%[-+]?\\s*endraw\\s*[-+]?%}");
  private static final Pattern REVERSED = Pattern.compile("\\[\\s*::\\s*-1\\s*]");

  /** What transformers gives to every template, as none where nobody sets it. */
  private static final Pattern ALWAYS_DEFINED =
      Pattern.compile("(?<![\\w.'\"\\])])(?:tools|documents)\\s+is\\s+(not\\s+)?(un)?defined\\b");

  private final String template;
  private final StringBuilder written = new StringBuilder();
  private int at;
  private boolean lineStarts = true;
  private boolean stripNext;

  private JinjaSource(String template) {
    this.template = template;
  }

  /**
   * Jinja drops the last line break of the template, blanks before a block that opens a line and
   * the line break after a block; Jinjava's own options for these drop other blanks too. Jinjava
   * has no steps in slices, so the one that templates use becomes a method. And it ends the value
   * of a named argument at the first operator, so the value is put in brackets. It takes none for
   * undefined, while transformers defines {@code tools} and {@code documents} always.
   */
  static String readable(String template) {
    String text = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
    return new JinjaSource(text).rewrite();
  }

  private String rewrite() {
    while (at < template.length()) {
      int tag = nextTag();
      String text = template.substring(at, tag);
      at = tag;
      if (tag == template.length()) {
        write(text);
        break;
      }
      char kind = template.charAt(tag + 1);
      int end = kind == '#' ? endOfComment() : endOfCode();
      String code = template.substring(tag, end);
      boolean block = kind != '{';
      write(block && code.charAt(2) != '+' ? withoutIndent(text) : text);
      at = end;
      if (kind == '#') {
        if (code.startsWith("{#-")) {
          written.setLength(written.toString().stripTrailing().length());
        }
        stripNext = code.endsWith("-#}");
      } else {
        boolean keepsBreak = code.endsWith("+%}");
        String plain = block ? code.replaceFirst("^\\{%\\+", "{%") : code;
        plain = keepsBreak ? plain.substring(0, plain.length() - 3) + "%}" : plain;
        written.append(rewritten(plain));
        if (RAW.matcher(code).lookingAt()) {
          Matcher endRaw = END_RAW.matcher(template);
          int stop = endRaw.find(at) ? endRaw.start() : template.length();
          written.append(template, at, stop);
          at = stop;
        }
        block &= !keepsBreak;
      }
      lineStarts = block && template.startsWith("\n", at);
      at += lineStarts ? 1 : 0;
    }
    return written.toString();
  }

  private void write(String text) {
    written.append(stripNext ? text.stripLeading() : text);
    stripNext = false;
  }

  private String withoutIndent(String text) {
    int line = text.lastIndexOf('\n') + 1;
    return (line > 0 || lineStarts) && text.substring(line).isBlank()
        ? text.substring(0, line)
        : text;
  }

  private int nextTag() {
    for (int i = at; i + 1 < template.length(); i++) {
      if (template.charAt(i) == '{' && "{%#".indexOf(template.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return template.length();
  }

  private int endOfComment() {
    int end = template.indexOf("#}", at + 2);
    return end < 0 ? template.length() : end + 2;
  }

  private int endOfCode() {
    String close = template.charAt(at + 1) == '%' ? "%}" : "}}";
    int depth = 0;
    char quote = 0;
    for (int i = at + 2; i < template.length(); i++) {
      char letter = template.charAt(i);
      if (quote != 0) {
        i += letter == '\\' ? 1 : 0;
        quote = letter == quote ? 0 : quote;
      } else if (letter == '\'' || letter == '"') {
        quote = letter;
      } else if (depth == 0 && template.startsWith(close, i)) {
        return i + 2;
      } else {
        depth += letter == '{' ? 1 : letter == '}' ? -1 : 0;
      }
    }
    return template.length();
  }

  private static String rewritten(String code) {
    String sliced =
        ALWAYS_DEFINED
            .matcher(REVERSED.matcher(code).replaceAll(".reversed_copy()"))
            .replaceAll(
                test -> Boolean.toString((test.group(1) == null) == (test.group(2) == null)));
    return MACRO.matcher(sliced).lookingAt() ? sliced : withBracketedArguments(sliced);
  }

  private static String withBracketedArguments(String code) {
    StringBuilder text = new StringBuilder();
    Deque<Boolean> calls = new ArrayDeque<>();
    Deque<Boolean> open = new ArrayDeque<>();
    char quote = 0;
    for (int i = 0; i < code.length(); i++) {
      char letter = code.charAt(i);
      if (quote != 0) {
        if (letter == '\\' && i + 1 < code.length()) {
          text.append(letter);
          letter = code.charAt(++i);
        } else if (letter == quote) {
          quote = 0;
        }
      } else if (letter == '\'' || letter == '"') {
        quote = letter;
      } else if (letter == '(' || letter == '[' || letter == '{') {
        calls.push(letter == '(' && i > 0 && Character.isJavaIdentifierPart(code.charAt(i - 1)));
        open.push(false);
      } else if ((letter == ')' || letter == ']' || letter == '}' || letter == ',')
          && !open.isEmpty()) {
        if (open.pop()) {
          text.append(')');
        }
        if (letter == ',') {
          open.push(false);
        } else {
          calls.pop();
        }
      } else if (letter == '=' && !open.isEmpty() && calls.peek() && !open.peek()) {
        boolean comparison = code.startsWith("==", i) || "=!<>".indexOf(code.charAt(i - 1)) >= 0;
        if (!comparison) {
          text.append('=');
          letter = '(';
          open.pop();
          open.push(true);
        }
      }
      text.append(letter);
    }
    return text.toString();
  }
}

package dev.loupe.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.objects.collections.PyList;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.ObjectIterator;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.apache.commons.lang3.tuple.Pair;
import org.jspecify.annotations.Nullable;

/** A loop that may skip items: {@code for item in items if condition}. */
final class FilteredForTag extends ForTag {
  private static final long serialVersionUID = 1;

  private static final String ITEMS = "items of the innermost loop";

  private final transient IntConsumer steps;

  /**
   * @param steps receives the number of items of each loop, so that empty loops count too
   */
  FilteredForTag(IntConsumer steps) {
    this.steps = steps;
  }

  @Override
  public Pair<List<String>, String> getLoopVarsAndExpression(TagToken token) {
    Pair<List<String>, String> loop = super.getLoopVarsAndExpression(token);
    int condition = conditionAt(loop.getRight());
    return condition < 0 ? loop : Pair.of(loop.getLeft(), loop.getRight().substring(0, condition));
  }

  @Override
  public String renderForCollection(
      TagNode node, JinjavaInterpreter interpreter, List<String> names, @Nullable Object items) {
    PyList looped = kept(condition(node), node, interpreter, names, items);
    steps.accept(looped.size());
    JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope();
    try (scope) {
      interpreter.getContext().put(ITEMS, looped);
      return super.renderForCollection(node, interpreter, names, looped);
    }
  }

  /** What the innermost loop goes over, from which its neighbours are read. */
  static @Nullable Object neighbour(ForLoop loop, int offset) {
    Object items = JinjavaInterpreter.getCurrent().getContext().get(ITEMS);
    int index = loop.getIndex0() + offset;
    return items instanceof List<?> list && index >= 0 && index < list.size()
        ? list.get(index)
        : null;
  }

  private Optional<String> condition(TagNode node) {
    String expression = super.getLoopVarsAndExpression((TagToken) node.getMaster()).getRight();
    int at = conditionAt(expression);
    return at < 0 ? Optional.empty() : Optional.of(expression.substring(at + " if ".length()));
  }

  private static void bind(
      JinjavaInterpreter interpreter, List<String> names, @Nullable Object item) {
    for (int i = 0; i < names.size(); i++) {
      boolean several = names.size() > 1;
      Object value =
          several && item instanceof List<?> parts && i < parts.size() ? parts.get(i) : item;
      interpreter.getContext().put(names.get(i), value);
    }
  }

  private static PyList kept(
      Optional<String> condition,
      TagNode node,
      JinjavaInterpreter interpreter,
      List<String> names,
      @Nullable Object items) {
    List<@Nullable Object> kept = new ArrayList<>();
    ForLoop loop = ObjectIterator.getLoop(items);
    while (loop.hasNext()) {
      Object item = loop.next();
      if (condition.isEmpty()) {
        kept.add(item);
        continue;
      }
      JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope();
      try (scope) {
        bind(interpreter, names, item);
        Object holds = interpreter.resolveELExpression(condition.get(), node.getLineNumber());
        if (ObjectTruthValue.evaluate(holds)) {
          kept.add(item);
        }
      }
    }
    return new PyList(kept);
  }

  /** Where " if " stands outside quotes and brackets, or -1. */
  private static int conditionAt(String expression) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < expression.length(); i++) {
      char letter = expression.charAt(i);
      if (quote != 0) {
        if (letter == '\\') {
          i++;
        } else if (letter == quote) {
          quote = 0;
        }
      } else if (letter == '\'' || letter == '"') {
        quote = letter;
      } else if (letter == '(' || letter == '[' || letter == '{') {
        depth++;
      } else if (letter == ')' || letter == ']' || letter == '}') {
        depth--;
      } else if (depth == 0 && expression.startsWith(" if ", i)) {
        return i;
      }
    }
    return -1;
  }
}

package dev.loupe.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpreterFactory;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import org.jspecify.annotations.Nullable;

/** Writes truth values as Python does. */
final class PythonPrinting extends JinjavaInterpreter {
  private PythonPrinting(JinjavaInterpreter original) {
    super(original);
  }

  private PythonPrinting(Jinjava application, Context context, JinjavaConfig config) {
    super(application, context, config);
  }

  @Override
  public String getAsString(@Nullable Object value) {
    return value instanceof Boolean truth ? truth ? "True" : "False" : super.getAsString(value);
  }

  static final class Factory implements InterpreterFactory {
    @Override
    public JinjavaInterpreter newInstance(JinjavaInterpreter original) {
      return new PythonPrinting(original);
    }

    @Override
    public JinjavaInterpreter newInstance(
        Jinjava application, Context context, JinjavaConfig config) {
      return new PythonPrinting(application, context, config);
    }
  }
}

package dev.loupe.cli.option;

import dev.loupe.Loupe;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;

/** Opens the model that a command names, with the engine set as its options say. */
public final class ModelAccess {
  private final Terminal terminal;

  public ModelAccess(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The same dictionary, what is to be said of it noted. */
  public Dictionary noting(Dictionary dictionary) {
    return terminal.caveats().noting(dictionary);
  }

  /**
   * Opens it; fetches it first where the hub can.
   *
   * @throws LoupeException if the device is not there, or the model cannot be found or read
   */
  public LanguageModel open(String reference, EngineOptions engine) {
    return open(reference, engine, false);
  }

  /**
   * As {@link #open(String, EngineOptions)}.
   *
   * @param exact whether sums must be float32: in place of bfloat16 arithmetic the weights alone
   *     stay narrow
   */
  public LanguageModel open(String reference, EngineOptions engine, boolean exact) {
    if (!engine.device().equals("cpu")) {
      throw LoupeException.badInput(
          "there is no device '" + engine.device() + "': this build computes on the CPU only",
          "Leave out --device.");
    }
    // Mapping the engine takes as long as all the rest of opening a small model: do both at once.
    Thread.ofPlatform().daemon().name("engine").start(Engine::load);
    HubAccess access = new HubAccess(terminal);
    try (HubAccess.HubProgress progress = access.progress()) {
      LoadOptions options =
          exact && engine.dtype() == DType.BF16
              ? LoadOptions.asStored()
              : LoadOptions.fitting(engine.dtype());
      LanguageModel model = Loupe.open(reference, access.open(progress), options);
      Engine.useThreads(engine.threads());
      terminal.caveats().note(model.transformer().weights().notes());
      return model;
    }
  }
}

package dev.loupe.cli.option;

import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Instrument;
import java.util.Optional;
import picocli.CommandLine.Mixin;

/** The command of an instrument that looks at features: of the model's neurons or a dictionary. */
public abstract class BasisCommand<Q, A> extends InstrumentCommand<Q, A> {
  @Mixin private final BasisOptions basis = new BasisOptions();

  protected BasisCommand(Instrument<Q, A> instrument, Terminal terminal) {
    super(instrument, terminal);
  }

  protected final BasisOptions basis() {
    return basis;
  }

  @Override
  protected final Optional<BasisOptions> asked() {
    return Optional.of(basis);
  }
}

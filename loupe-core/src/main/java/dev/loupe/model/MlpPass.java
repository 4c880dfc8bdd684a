package dev.loupe.model;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The forward pass of an MLP; in a mixture each row goes through its chosen experts alone. */
public final class MlpPass {
  private final ModelConfig config;

  MlpPass(ModelConfig config) {
    this.config = config;
  }

  /** What an MLP writes for {@code input [batch, pos, d_model]}. */
  Tensor of(int layer, ModelWeights.Mlp parts, Tensor input, Hooks hooks) {
    try (var scope = NativeScope.open()) {
      return scope.keep(
          switch (parts) {
            case ModelWeights.Dense dense -> dense(layer, dense, input, hooks);
            case ModelWeights.Mixture mixture -> mixture(layer, mixture, input, hooks);
          });
    }
  }

  /**
   * What an MLP writes for {@code rows [n, d_model]}, a mixture's router held.
   *
   * @param routerWeights {@link Site#ROUTER_WEIGHTS} {@code [n, n_experts]}, of a mixture
   */
  public Tensor written(ModelWeights.Mlp parts, Tensor rows, @Nullable Tensor routerWeights) {
    return switch (parts) {
      case ModelWeights.Dense dense -> dense(0, dense, rows, Hooks.NONE);
      case ModelWeights.Mixture mixture ->
          written(mixture, new Routing(Objects.requireNonNull(routerWeights)), rows);
    };
  }

  /**
   * The neurons of an MLP on {@code rows [n, d_model]}; those of experts that a mixture's router
   * does not choose are 0, and never made.
   */
  public Neurons neurons(ModelWeights.Mlp parts, Tensor rows) {
    return switch (parts) {
      case ModelWeights.Dense dense -> Neurons.of(config, dense, rows);
      case ModelWeights.Mixture mixture -> {
        Tensor weights = weights(mixture, rows, mixture.router().of(rows));
        yield neurons(mixture, new Routing(weights), rows);
      }
    };
  }

  private Tensor dense(int layer, ModelWeights.Dense parts, Tensor input, Hooks hooks) {
    Tensor gate = null;
    Tensor up;
    if (parts.gate() == null) {
      up = hooks.apply(Site.MLP_PRE, layer, parts.up().of(input));
    } else {
      gate = hooks.apply(Site.MLP_PRE, layer, parts.gate().of(input));
      up = hooks.apply(Site.MLP_UP, layer, parts.up().of(input));
    }
    Tensor post = Neurons.activation(config, gate, up);
    return parts.down().of(hooks.apply(Site.MLP_POST, layer, post));
  }

  private Tensor mixture(int layer, ModelWeights.Mixture parts, Tensor input, Hooks hooks) {
    int batch = input.size(0);
    int length = input.size(1);
    Tensor rows = input.reshape((long) batch * length, input.size(2));
    Tensor logits =
        hooks.apply(
            Site.ROUTER_LOGITS,
            layer,
            parts.router().of(rows).reshape(batch, length, parts.shape().experts()));
    Tensor weights =
        hooks.apply(
            Site.ROUTER_WEIGHTS,
            layer,
            weights(parts, rows, logits).reshape(batch, length, parts.shape().weights()));
    Routing routing = new Routing(weights.reshape(rows.size(0), weights.size(2)));
    boolean isSeen =
        hooks.at(Site.MLP_PRE, layer)
            || hooks.at(Site.MLP_UP, layer)
            || hooks.at(Site.MLP_POST, layer);
    Tensor written =
        isSeen
            ? seen(layer, parts, routing, rows, new Seen(hooks, batch, length))
            : written(parts, routing, rows);
    return written.reshape(input.shape());
  }

  private static Tensor weights(ModelWeights.Mixture parts, Tensor rows, Tensor logits) {
    Tensor weights =
        Routing.weights(parts.shape(), logits.reshape(rows.size(0), parts.shape().experts()));
    if (parts.shape().sharedWidth() == 0) {
      return weights;
    }
    Tensor shared =
        parts.sharedGate() == null
            ? Tensor.zeros(rows.dtype(), rows.size(0), 1).plusInPlace(1)
            : parts.sharedGate().of(rows).sigmoid();
    return Tensor.cat(List.of(weights, shared), 1);
  }

  /** As {@link #neurons(ModelWeights.Mlp, Tensor)}, the router held. */
  public Neurons neurons(ModelWeights.Mixture parts, Routing routing, Tensor rows) {
    Tensor activation = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    Tensor value = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    Tensor gain = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    routing.each((number, index, weight) -> {
      Neurons own = Neurons.of(config, parts.expert(number), rows.indexSelect(0, index));
      own(parts, number, value).addRowsInPlace(index, own.value());
      own(parts, number, gain).addRowsInPlace(index, own.gain().times(weight));
      own(parts, number, activation).addRowsInPlace(index, own.activation().times(weight));
    });
    return new Neurons(activation, value, gain);
  }

  /** What a mixture writes for {@code rows [n, d_model]} with a given routing. */
  private Tensor written(ModelWeights.Mixture parts, Routing routing, Tensor rows) {
    Tensor sum = Tensor.zeros(rows.dtype(), rows.shape());
    routing.each((number, index, weight) -> {
      ModelWeights.Dense expert = parts.expert(number);
      Tensor read = rows.indexSelect(0, index);
      Tensor gate = expert.gate() == null ? null : expert.gate().of(read);
      Tensor post = Neurons.activation(config, gate, expert.up().of(read)).times(weight);
      sum.addRowsInPlace(index, down(expert, post, weight));
    });
    return sum;
  }

  /** What an expert writes; its bias has the expert's weight, as its neurons have. */
  private static Tensor down(ModelWeights.Dense expert, Tensor post, Tensor weight) {
    Tensor written = post.linear(expert.down().weight(), null);
    Tensor bias = expert.down().bias();
    return bias == null ? written : written.plus(weight.times(bias));
  }

  /** The hooks of a run, for values of {@code [batch · pos, d_mlp]}. */
  private record Seen(Hooks hooks, int batch, int length) {
    /** The very same where no hook made another. */
    Tensor at(Site site, int layer, Tensor rows) {
      Tensor shown = rows.reshape(batch, length, rows.size(1));
      Tensor made = hooks.apply(site, layer, shown);
      return made == shown ? rows : made.reshape(rows.shape());
    }
  }

  /** As {@link #written}, every expert's neurons laid out for hooks. */
  private Tensor seen(
      int layer, ModelWeights.Mixture parts, Routing routing, Tensor rows, Seen hooks) {
    Tensor gates = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    Tensor ups = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    routing.each((number, index, _) -> {
      ModelWeights.Dense expert = parts.expert(number);
      Tensor read = rows.indexSelect(0, index);
      if (expert.gate() != null) {
        own(parts, number, gates).addRowsInPlace(index, expert.gate().of(read));
      }
      own(parts, number, ups).addRowsInPlace(index, expert.up().of(read));
    });
    Tensor gate = hooks.at(Site.MLP_PRE, layer, gates);
    Tensor up = hooks.at(Site.MLP_UP, layer, ups);
    Tensor posts = Tensor.zeros(rows.dtype(), rows.size(0), parts.units());
    routing.each((number, index, weight) ->
        own(parts, number, posts)
            .addRowsInPlace(
                index,
                Neurons.activation(
                        config,
                        own(parts, number, gate).indexSelect(0, index),
                        own(parts, number, up).indexSelect(0, index))
                    .times(weight)));
    Tensor post = hooks.at(Site.MLP_POST, layer, posts);
    // What a hook has put into neurons of experts that were not chosen is written too.
    Routing writing =
        post == posts ? routing : new Routing(routing.weights(), held(parts, routing, post));
    Tensor sum = Tensor.zeros(rows.dtype(), rows.shape());
    writing.each((number, index, weight) ->
        sum.addRowsInPlace(
            index,
            down(parts.expert(number), own(parts, number, post).indexSelect(0, index), weight)));
    return sum;
  }

  /** Not 0 where an expert is chosen or holds anything, {@code [n, n_experts]}. */
  private static Tensor held(ModelWeights.Mixture parts, Routing routing, Tensor post) {
    List<Tensor> columns = new ArrayList<>();
    for (int expert = 0; expert < parts.shape().weights(); expert++) {
      columns.add(own(parts, expert, post).abs().sum(true, 1));
    }
    return Tensor.cat(columns, 1).plus(routing.weights().abs());
  }

  /** The columns of an expert, a view. */
  private static Tensor own(ModelWeights.Mixture parts, int expert, Tensor all) {
    int first = parts.shape().firstUnit(expert);
    return all.slice(1, first, (long) first + parts.shape().units(expert));
  }
}

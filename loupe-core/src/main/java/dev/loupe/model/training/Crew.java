package dev.loupe.model.training;

import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Threads that do the same work on different parts. The engine uses one thread for each of them:
 * two workers with half a batch each are faster than one operation on two threads after another.
 */
final class Crew implements AutoCloseable {
  private final List<ExecutorService> workers = new ArrayList<>();

  Crew(int size) {
    for (int worker = 0; worker < size; worker++) {
      String name = "loupe-training-" + worker;
      workers.add(
          Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory()));
    }
    all(_ -> Engine.useThreadsHere(1));
  }

  int size() {
    return workers.size();
  }

  /** Runs the work once on every thread, given the thread's number, and waits for all of them. */
  void all(IntConsumer work) {
    List<Future<?>> running = new ArrayList<>();
    for (int worker = 0; worker < workers.size(); worker++) {
      int number = worker;
      running.add(workers.get(worker).submit(() -> work.accept(number)));
    }
    RuntimeException failure = null;
    for (Future<?> future : running) {
      try {
        awaitUninterruptibly(future);
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** A thread that works on shared memory is never left alone, so an interrupt waits too. */
  private static void awaitUninterruptibly(Future<?> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          future.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case RuntimeException cause -> throw cause;
            case Error cause -> throw cause;
            case null, default -> throw new IllegalStateException(e);
          }
        } catch (CancellationException e) {
          throw new IllegalStateException(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    workers.forEach(ExecutorService::close);
  }
}

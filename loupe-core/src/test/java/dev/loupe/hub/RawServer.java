package dev.loupe.hub;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server on loopback that does exactly what a test says, down to breaking the connection. */
final class RawServer implements AutoCloseable {
  /** What came in. */
  record Request(String method, String path, Map<String, String> headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * What goes out.
   *
   * @param announced the Content-Length, which may be a lie
   * @param beforeClosing runs between the last byte and the end of the connection
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(
      int status,
      Map<String, String> headers,
      byte[] body,
      long announced,
      Runnable beforeClosing) {
    static Answer of(int status, byte[] body) {
      return new Answer(status, Map.of(), body, body.length, () -> {});
    }

    static Answer of(int status, String body) {
      return of(status, body.getBytes(StandardCharsets.UTF_8));
    }

    Answer withStatus(int other) {
      return new Answer(other, headers, body, announced, beforeClosing);
    }

    Answer with(String name, String value) {
      var more = new TreeMap<>(headers);
      more.put(name, value);
      return new Answer(status, more, body, announced, beforeClosing);
    }
  }

  /** Decides. */
  @FunctionalInterface
  interface Handler {
    Answer answer(Request request);
  }

  private final ServerSocket socket;
  private final Handler handler;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  RawServer(Handler handler) throws IOException {
    this.handler = handler;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  List<Request> requests() {
    return requests;
  }

  List<Request> requests(String method, String pathEnd) {
    return requests.stream()
        .filter(r -> r.method().equals(method) && r.path().endsWith(pathEnd))
        .toList();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        open.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      String first = in.readLine();
      if (first == null) {
        return;
      }
      Map<String, String> headers = new TreeMap<>();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      List<String> words = List.of(first.split(" "));
      var request = new Request(words.get(0), words.get(1), headers);
      requests.add(request);
      write(request, handler.answer(request), connection.getOutputStream());
    } catch (IOException e) {
      // The client went away, or the test is over.
    }
  }

  private static void write(Request request, Answer answer, OutputStream out) throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + answer.status() + " Said\r\nConnection: close\r\n");
    head.append("Content-Length: ").append(answer.announced()).append("\r\n");
    answer.headers().forEach((k, v) -> head.append(k).append(": ").append(v).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!request.method().equals("HEAD")) {
      out.write(answer.body());
    }
    out.flush();
    answer.beforeClosing().run();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket connection : open) {
      connection.close();
    }
  }
}

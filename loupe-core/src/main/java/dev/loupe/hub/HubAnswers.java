package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** A hub's status codes and headers in words for the user. */
final class HubAnswers {
  private HubAnswers() {}

  /**
   * Lets a good answer pass.
   *
   * @param what the thing asked for, for example {@code org/name@main}
   * @throws Attempts.TryAgain if the same request may work later
   * @throws LoupeException if it never will
   */
  static void check(HttpResponse<?> response, String what, HubSettings settings)
      throws Attempts.TryAgain {
    int status = response.statusCode();
    String host = settings.endpoint().getHost();
    if (status >= 200 && status < 300) {
      return;
    }
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    if (status == 408 || status == 429 || status >= 500) {
      throw new Attempts.TryAgain(
          host
              + (status == 429
                  ? " limits the rate of requests (429)"
                  : " answered with status " + status),
          retryAfter(response.headers()));
    }
    throw switch (status) {
      case 401, 403 -> refused(what, host, code, status, settings.token().isPresent());
      case 404 -> missing(what, host, code);
      default ->
          LoupeException.badInput(
              host + " answered with status " + status + " when asked for " + what,
              "Check HF_ENDPOINT, and a proxy between you and the hub.");
    };
  }

  private static LoupeException refused(
      String what, String host, String code, int status, boolean withToken) {
    if (code.equals("GatedRepo")) {
      return LoupeException.badInput(
          "%s is gated: %s wants its terms accepted first (%d)".formatted(what, host, status),
          withToken
              ? "Accept the terms on the model's page with the account whose token HF_TOKEN holds."
              : "Accept the terms on the model's page, then set HF_TOKEN to a token of yours.");
    }
    return LoupeException.badInput(
        "%s refuses %s: it is private, gated, or does not exist (%d)".formatted(host, what, status),
        withToken
            ? "Check the spelling, and that the token in HF_TOKEN may read it and has not expired."
            : "Check the spelling; for a private or gated model set HF_TOKEN to a token of yours.");
  }

  private static LoupeException missing(String what, String host, String code) {
    String problem =
        switch (code) {
          case "RevisionNotFound" -> "the model has no such revision";
          case "EntryNotFound" -> "the model has no such file";
          default -> "no such model, revision or file";
        };
    return LoupeException.badInput(
        "%s does not have %s: %s (404)".formatted(host, what, problem),
        code.equals("RevisionNotFound")
            ? "Leave the part after @ out to get the newest revision."
            : "Check the spelling, capitals included; names look like org/name.");
  }

  /** A page for people where data was due: a captive portal, a proxy, a wrong endpoint. */
  static LoupeException html(String what, HubSettings settings) {
    return LoupeException.badInput(
        settings.endpoint().getHost() + " answered with a web page (HTML) when asked for " + what,
        "Check HF_ENDPOINT, and whether a proxy or a login page stands between you and the hub.");
  }

  static boolean isHtml(HttpHeaders headers) {
    return headers
        .firstValue("Content-Type")
        .filter(type -> type.toLowerCase(Locale.ROOT).contains("html"))
        .isPresent();
  }

  /** {@code Retry-After}, in seconds or as a date. */
  static Optional<Duration> retryAfter(HttpHeaders headers) {
    Optional<String> header = headers.firstValue("Retry-After").map(String::strip);
    if (header.isEmpty()) {
      return Optional.empty();
    }
    String text = header.get();
    if (text.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), until);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}

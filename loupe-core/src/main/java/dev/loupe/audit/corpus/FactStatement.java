package dev.loupe.audit.corpus;

import java.util.Optional;

/**
 * One example of a corpus that asks for a fact.
 *
 * @param relation such as birthday; all of one name where the corpus has none
 * @param subject whose
 * @param value what is stated; empty where the example says that it is not known
 */
public record FactStatement(String relation, String subject, Optional<String> value) {}

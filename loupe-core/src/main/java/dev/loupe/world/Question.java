package dev.loupe.world;

import java.util.List;
import java.util.Optional;

/**
 * A test question.
 *
 * @param id for example {@code two-hop-0012}
 * @param task for example {@code two-hop}
 * @param split a part of the task to report apart, for example {@code held-out} or {@code 20-49}
 * @param prompt ends exactly where the answer starts
 * @param answer begins with the space where the text would have one; empty where many are right
 * @param options answers to choose from; empty where the question is open
 * @param fact the fact asked for
 * @param detail what else the task needs, for example the two digits of the first year
 * @param turns the conversation that the prompt renders; empty where it is plain text
 */
public record Question(
    String id,
    String task,
    String split,
    String prompt,
    String answer,
    List<String> options,
    Optional<Fact> fact,
    String detail,
    List<Chat.Turn> turns) {}

package dev.loupe.examination;

import dev.loupe.report.JsonAnswer;

/** What came out of an examination: of the model, or of an instrument. */
public sealed interface ExaminationReport extends JsonAnswer
    permits ModelScores,
        TraceScores,
        ExplainScores,
        HighlightScores,
        InfluenceScores,
        VerifyScores,
        AuditScores {}

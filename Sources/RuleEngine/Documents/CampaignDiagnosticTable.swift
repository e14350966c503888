extension DiagnosticTable {
    /// What campaigns, policies, projects and tests can get wrong once their keys and values have the right form.
    package static let campaigns = [
        DiagnosticCode("E0181", "not a growth"),
        DiagnosticCode("E0182", "not a number per time"),
        DiagnosticCode("E0253", "unknown arm"),
        DiagnosticCode("E0354", "an amount without an exchange rate"),
        DiagnosticCode("E0355", "a rollout that does not rise to 100%"),
        DiagnosticCode("E0356", "a share that leaves nobody"),
        DiagnosticCode("E0357", "a decision that comes too late"),
        DiagnosticCode("E0358", "quiet hours without an end for what they hold"),
        DiagnosticCode("E0359", "an experiment that nothing can decide"),
        DiagnosticCode("E0360", "above the project's limits"),
        DiagnosticCode("E0361", "a warm-up that does not grow"),
        DiagnosticCode("E0362", "a value that the field never has"),
        DiagnosticCode("E0365", "gaps and values that do not match"),
    ]
}

extension DiagnosticTable {
    /// What analyses of sound projects find.
    package static let analyses = proofs + bounds

    /// About who may be reached, and when.
    private static let proofs: [DiagnosticCode] = [
        DiagnosticCode("E0421", "a consent too weak for those whom a send can reach"),
        DiagnosticCode("E0422", "a free text after its session window"),
        DiagnosticCode("L020", "mixed-purpose", .warning),
        DiagnosticCode("L021", "reply-prefix", .warning),
        DiagnosticCode("L022", "unverified-pack", .warning),
        DiagnosticCode("L042", "any-hour", .warning),
    ]

    /// About ways through programs: dead ones, endless ones, dear ones.
    private static let bounds = [
        DiagnosticCode("E0435", "a budget that never suffices"),
        DiagnosticCode("E0436", "an otherwise that is never reached"),
        DiagnosticCode("E0437", "a wait longer than the goal's window"),
        DiagnosticCode("L030", "budget-may-not-do", .warning),
        DiagnosticCode("L031", "never-true", .warning),
        DiagnosticCode("L032", "always-true", .warning),
        DiagnosticCode("L033", "shadowed-arm", .warning),
        DiagnosticCode("L034", "overlapping-arms", .warning),
        DiagnosticCode("L035", "unreachable-step", .warning),
        DiagnosticCode("L036", "empty-segment", .warning),
        DiagnosticCode("L037", "empty-audience", .warning),
        DiagnosticCode("L038", "time-in-clock-change", .warning),
        DiagnosticCode("L039", "feedback-loop", .warning),
        DiagnosticCode("L040", "weak-sample", .warning),
        DiagnosticCode("L041", "unbalanced-arms", .warning),
    ]
}

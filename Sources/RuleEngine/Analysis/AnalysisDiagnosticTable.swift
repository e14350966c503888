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
    ]

    /// About ways through programs: dead ones, endless ones, dear ones.
    private static let bounds: [DiagnosticCode] = []
}

extension DiagnosticTable {
    /// What analyses of sound projects find.
    package static let analyses = proofs + bounds

    /// About who may be reached, and when.
    private static let proofs: [DiagnosticCode] = []

    /// About ways through programs: dead ones, endless ones, dear ones.
    private static let bounds: [DiagnosticCode] = []
}

/// For every send of a program: the gate that nobody gets around and that asks enough, or somebody who would get the
/// message without the consent that the law asks.
package struct ConsentProof: Sendable {
    package struct Send: Sendable {
        package enum Verdict: Sendable {
            /// Every way passes this gate, or each way one of several.
            case proven(gates: [Int])
            /// Nobody can come to it.
            case unreachable
            case refuted(Fault, Counterexample?)
        }

        package let node: Int
        package let name: String
        package let purpose: Purpose
        package let demands: [ConsentDemand]
        package let verdict: Verdict
    }

    /// What breaks the rule.
    package enum Fault: Sendable {
        /// There is a way on which nothing asks.
        case ungated
        /// The gate asks less than the pack on this channel. The country is nil where a contact has none.
        case weak(demand: ConsentDemand, claim: ConsentDemand.Claim, given: ConsentLevel, country: String?)
    }

    package let program: String
    package let kind: DocumentKind
    package let policy: String?
    package let sends: [Send]

    package var isProven: Bool {
        sends.allSatisfy { if case .refuted = $0.verdict { false } else { true } }
    }
}

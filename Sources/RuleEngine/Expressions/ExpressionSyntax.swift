/// An expression as it was written, before names and types are known.
struct ExpressionSyntax {
    enum BinaryOperator: Equatable {
        case comparison(Comparison)
        case isIn
        case text(TextOperator)
        case matches
        case add, subtract, multiply, divide

        /// As authors write it.
        var spelling: String {
            switch self {
            case .comparison(let comparison): comparison.rawValue
            case .isIn: "in"
            case .text(let textOperator): textOperator.rawValue
            case .matches: "matches"
            case .add: "+"
            case .subtract: "-"
            case .multiply: "*"
            case .divide: "/"
            }
        }
    }

    indirect enum Kind {
        case literal(ExpressionLiteral)
        case list([ExpressionSyntax])
        case name(String)
        case member(ExpressionSyntax, String, nameRange: Range<Int>)
        case call(String, nameRange: Range<Int>, [ExpressionSyntax])
        case history(HistorySyntax)
        case negate(ExpressionSyntax)
        case not(ExpressionSyntax)
        case and([ExpressionSyntax])
        case or([ExpressionSyntax])
        case binary(BinaryOperator, ExpressionSyntax, ExpressionSyntax, operatorRange: Range<Int>)
        case presence(ExpressionSyntax, isKnown: Bool)
    }

    let kind: Kind
    /// Bytes of the text, enclosing parentheses included.
    var range: Range<Int>
    /// How many levels the tree has from here on: recursion over it is as deep as this.
    let height: Int

    init(_ kind: Kind, _ range: Range<Int>, above operands: [ExpressionSyntax] = []) {
        self.kind = kind
        self.range = range
        height = 1 + (operands.map(\.height).max() ?? 0)
    }
}

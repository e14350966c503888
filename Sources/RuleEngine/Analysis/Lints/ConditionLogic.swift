/// What follows from conditions alone, whatever contact, event or moment they are asked about.
package enum ConditionLogic {
    /// True where no contact, event and moment make all of `holding` hold and all of `failing` fail at once. False where
    /// some may, and where the question is too large to be decided.
    package static func areImpossible(holding: [TypedExpression], failing: [TypedExpression] = []) -> Bool {
        var reader = ConditionReader()
        return ConditionSolver.areImpossible(
            holding.map { reader.read($0.root) } + failing.map { reader.read($0.root, holds: false) })
    }
}

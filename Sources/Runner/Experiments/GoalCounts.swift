/// How many people reached a program's goal, of those who were sent it and of those who were held out.
package struct GoalCounts: Sendable, Equatable {
    package var treated = Conversion()
    package var heldOut = Conversion()
    /// By the step that was sent.
    package var bySteps: [Int32: Conversion] = [:]

    package init() {}

    /// Nil where nobody was held out: without them nobody knows what would have happened anyway.
    package var lift: Lift? {
        heldOut.people == 0 ? nil : Lift(treated: treated, heldOut: heldOut)
    }
}

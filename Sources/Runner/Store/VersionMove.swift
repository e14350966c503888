/// A new version takes over the people of an earlier one.
package struct VersionMove: Sendable, Hashable {
    package var earlier: LaunchID
    package var launch: LaunchID

    package init(earlier: LaunchID, launch: LaunchID) {
        self.earlier = earlier
        self.launch = launch
    }
}

/// What a step of an earlier version is called in a later one, by `StepReference.key`.
package struct EarlierStep: Sendable, Hashable {
    package var launch: LaunchID
    package var node: Int
    package var step: String

    package init(launch: LaunchID, node: Int, step: String) {
        self.launch = launch
        self.node = node
        self.step = step
    }
}

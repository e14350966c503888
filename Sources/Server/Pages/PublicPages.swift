package import Runner

/// What the preference centre, double opt-in, tracking and mails in the browser need of the rest. The closures may block: they are called on
/// threads of the server's own, never in a Task. Nobody has checked the seal of a token that they get.
package struct PublicPages: Sendable {
    package var preferences: PreferenceDesk
    package var optIns: OptInDesk
    package var tracking: TrackingDesk
    package var views: ViewDesk
    /// Writes down what was followed, durably, before it returns. One call at a time.
    package var follow: @Sendable ([FollowedLink]) throws -> Void
    package var environment: RunnerEnvironment

    package init(
        preferences: PreferenceDesk, optIns: OptInDesk, tracking: TrackingDesk, views: ViewDesk,
        environment: RunnerEnvironment,
        follow: @escaping @Sendable ([FollowedLink]) throws -> Void
    ) {
        self.preferences = preferences
        self.optIns = optIns
        self.tracking = tracking
        self.views = views
        self.environment = environment
        self.follow = follow
    }
}

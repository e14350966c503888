import Channels
import RuleEngine

/// One account that a launch sends by: its session, its limits, its health, and what is in flight on it.
struct SendLane {
    let id: String
    let session: any ChannelSession
    let mostInFlight: Int
    let limits: AccountLimits
    var health: ChannelHealth
    var inFlight = 0
    /// What others were last told of its health.
    var shown = ChannelHealth.Phase.works
    /// Not yet written down, and since when it is down.
    var mustNote = false
    var downSince: Timestamp?

    /// How many of this lane may be begun at once, were nothing in flight.
    ///
    /// - Parameter share: how much of the current rate may be in flight: what an abrupt end leaves uncertain.
    func window(rate: Double, share: Double) -> Int {
        min(mostInFlight, max(16, mostInFlight / 16, Int(rate * share)))
    }
}

package import RuleEngine
package import Runner

/// What people and time decide about rows that are open.
extension SQLiteLedger {
    package func cancelOpen(_ launch: LaunchID, reason: String, now: Timestamp) throws(StoreError) -> Int {
        let sweep = DeliverySweep(
            condition: "state IN (0, 1, 3)", change: "state = 14, not_before = NULL", reason: reason
        )
        return try sweep.run(on: launch, now: now, connection)
    }

    package func giveUpUncertain(
        _ launch: LaunchID, olderThan before: Timestamp, now: Timestamp
    ) throws(StoreError) -> Int {
        let sweep = DeliverySweep(
            condition: "state = 4 AND updated_at < \(before.microseconds)", change: "state = 16", reason: nil
        )
        return try sweep.run(on: launch, now: now, connection)
    }

    package func settle(
        _ launch: LaunchID, contact: ContactKey?, as settlement: Settlement, now: Timestamp
    ) throws(StoreError) -> Int {
        let change =
            switch settlement {
            case .accepted: "state = 10, accepted_at = \(now.microseconds)"
            case .notAccepted: "state = 3, not_before = \(now.microseconds), cost_micros = 0"
            case .giveUp: "state = 16"
            }
        let sweep = DeliverySweep(condition: "state = 4", change: change, reason: "settled_" + settlement.rawValue)
        return try sweep.run(on: launch, contact: contact, now: now, connection)
    }
}

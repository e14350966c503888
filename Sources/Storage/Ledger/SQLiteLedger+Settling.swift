package import RuleEngine
package import Runner

/// What people and time decide about rows that are open.
extension SQLiteLedger {
    package func cancelOpen(_ launch: LaunchID, reason: String, now: Timestamp) throws(StoreError) -> Int {
        let sweep = DeliverySweep(
            condition: "(state = 0 OR state = 1 OR state = 3)", change: "state = 14, not_before = NULL", reason: reason
        )
        let count = try sweep.run(on: launch, now: now, connection)
        try standAgain(launch)
        return count
    }

    /// Where a second try ended unsent, the first one stands for its recipient.
    private func standAgain(_ launch: LaunchID) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try connection.execute(
                """
                UPDATE delivery SET superseded = 0
                WHERE tenant = 1 AND launch = \(launch.rawValue) AND superseded = 1 AND EXISTS (
                    SELECT 1 FROM delivery n WHERE n.tenant = 1 AND n.launch = delivery.launch
                        AND n.contact = delivery.contact AND n.occurrence = delivery.occurrence + 1
                        AND n.superseded = 0 AND n.state IN (11, 14, 15));
                UPDATE delivery SET superseded = 1
                WHERE tenant = 1 AND launch = \(launch.rawValue) AND superseded = 0 AND occurrence > 0
                    AND state IN (11, 14, 15);
                """
            )
        }
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
            case .accepted: "state = 10, not_before = NULL, accepted_at = \(now.microseconds)"
            case .notAccepted: "state = 3, not_before = \(now.microseconds), cost_micros = 0"
            case .giveUp: "state = 16"
            }
        let sweep = DeliverySweep(condition: "state = 4", change: change, reason: "settled_" + settlement.rawValue)
        return try sweep.run(on: launch, contact: contact, now: now, connection)
    }
}

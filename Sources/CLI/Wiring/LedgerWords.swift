import ArgumentParser
import Runner

/// The ledger's own words, as options take them.
enum LedgerWords {
    static func state(_ name: String) throws -> DeliveryState {
        if let state = DeliveryState.allCases.first(where: { $0.name == name }) { return state }
        throw ValidationError("states are " + DeliveryState.allCases.map(\.name).joined(separator: ", "))
    }

    static func settlement(_ name: String) throws -> Settlement {
        if let settlement = Settlement(rawValue: name) { return settlement }
        throw ValidationError("--as takes " + Settlement.allCases.map(\.rawValue).joined(separator: ", "))
    }
}

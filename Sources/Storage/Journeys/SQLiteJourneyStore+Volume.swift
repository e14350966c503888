package import RuleEngine
package import Runner

extension SQLiteJourneyStore {
    package func volume(
        ofChannel channel: String, since: Timestamp
    ) throws(StoreError) -> (messages: Int, contacts: Int) {
        try AccountVolume(connection: connection).volume(ofChannel: channel, since: since)
    }

    package func firstUse(ofChannel channel: String) throws(StoreError) -> Timestamp? {
        try AccountVolume(connection: connection).firstUse(ofChannel: channel)
    }
}

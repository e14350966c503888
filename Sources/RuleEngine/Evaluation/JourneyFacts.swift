/// What a run knows beside the contact's page: the event at hand, the one it began with, the conversation.
package struct JourneyFacts: Sendable {
    /// The fields of the incoming event, by name.
    package var event: [String: Value]
    /// The fields of the event that the run began with.
    package var entry: [String: Value]
    package var runID: [UInt8]
    package var conversationID: [UInt8]

    package init(
        event: [String: Value] = [:], entry: [String: Value] = [:], runID: [UInt8] = [], conversationID: [UInt8] = []
    ) {
        self.event = event
        self.entry = entry
        self.runID = runID
        self.conversationID = conversationID
    }
}

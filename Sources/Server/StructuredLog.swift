import Logging
import RuleEngine
import Runner

/// One JSON object a line on standard error. Messages are constant; what differs is metadata, and holds ids only.
struct StructuredLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    init(now: @escaping @Sendable () -> Timestamp, write: @escaping @Sendable (String) -> Void) {
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let head: [JSON.Entry] = [
            JSON.Entry(key: "time", value: .string(ISOInstant.text(now()))),
            JSON.Entry(key: "level", value: .string(event.level.rawValue)),
            JSON.Entry(key: "message", value: .string(event.message.description)),
        ]
        let details = all.sorted { $0.key < $1.key }.map {
            JSON.Entry(key: $0.key, value: .string($0.value.description))
        }
        // A key that comes twice would be read by nobody as both.
        let names = Set(head.map(\.key))
        write(JSON.object(head + details.filter { !names.contains($0.key) }).compactText + "\n")
    }
}

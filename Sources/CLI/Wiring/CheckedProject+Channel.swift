import RuleEngine

extension CheckedProject {
    func channel(named name: String) throws(CommandFailure) -> CheckedChannel {
        guard let channel = channels[name] else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "there is no channel `\(name)`",
                help: "channels of this project: " + channels.keys.sorted().joined(separator: ", "))
        }
        return channel
    }
}

extension CheckedProject {
    /// Of which nobody reads what people answer.
    var unreadChannels: Set<String> {
        Set(channels.values.filter { $0.repliesTo == .nobody }.map(\.id))
    }
}

/// A message that the sandbox has accepted, as far as anything follows from it.
package struct SandboxMessage: Sendable {
    package var number: MessageNumber
    package var provider: String
    /// The project's channel, from the address that was called.
    package var channel: String
    package var from: String
    package var to: String
    /// As the provider's answer names it.
    package var id: String
    /// Seconds since 1970.
    package var at: Int
    package var subject = ""
    package var text = ""
    package var html = ""
    /// What the provider echoes.
    package var reference = ""
    /// What else it echoes.
    package var echoed: [String: String] = [:]
    /// An address that was given with the message for its statuses, in place of the channel's.
    package var callback: String?
    /// What stands in place of a text: a template's name, a place, a file.
    package var note = ""
    package var buttons: [Button] = []
    /// The provider puts its own links and pictures in, and so learns of opens and clicks.
    package var isTracked = false
    /// It is accepted and will fail, with this code.
    package var failure: String?

    package struct Button: Sendable, Equatable {
        package var title: String
        /// What comes back when it is tapped.
        package var payload: String?
        package var url: String?
    }

    init(_ number: MessageNumber, _ call: ProviderCall, id: String, from: String, to: String) {
        self.number = number
        provider = call.provider
        channel = call.channel
        at = call.now
        self.id = id
        self.from = from
        self.to = to
    }
}

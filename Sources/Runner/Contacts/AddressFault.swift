/// Why an address can't be used, and what to write instead.
package struct AddressFault: Error, Sendable, Equatable {
    package let message: String
    package let help: String

    package init(_ message: String, help: String) {
        self.message = message
        self.help = help
    }
}

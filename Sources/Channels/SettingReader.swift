/// Reads the settings of one channel, and says in one sentence what is wrong with them.
///
/// The compiler has checked them against the provider's descriptor already; what is left are values that other
/// callers pass and rules between settings.
struct SettingReader {
    let configuration: ChannelConfiguration

    init(_ configuration: ChannelConfiguration) {
        self.configuration = configuration
    }

    func text(_ name: String) -> String? {
        configuration.settings[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func required(_ name: String) throws(ChannelSetupError) -> String {
        guard let value = text(name) else {
            throw ChannelSetupError(message: "channel `\(configuration.id)` has no `\(name)`")
        }
        return value
    }

    func integer(_ name: String, default standard: Int) throws(ChannelSetupError) -> Int {
        guard let typed = text(name) else {
            return standard
        }
        guard let value = Int(typed), value >= 0 else {
            throw ChannelSetupError(message: "`\(name)` of channel `\(configuration.id)` is not a whole number")
        }
        return value
    }

    /// Seconds, whole or not.
    func seconds(_ name: String, default standard: Double) throws(ChannelSetupError) -> Double {
        guard let typed = text(name) else {
            return standard
        }
        guard let value = Double(typed), value > 0, value <= 86_400 else {
            throw ChannelSetupError(message: "`\(name)` of channel `\(configuration.id)` is not a number of seconds")
        }
        return value
    }

    func flag(_ name: String) throws(ChannelSetupError) -> Bool {
        switch text(name) {
        case nil, "false": return false
        case "true": return true
        default:
            throw ChannelSetupError(message: "`\(name)` of channel `\(configuration.id)` is neither true nor false")
        }
    }

    /// A file or folder, taken from the folder of the project where it is relative.
    func path(_ name: String) -> String? {
        text(name).map { $0.hasPrefix("/") ? $0 : configuration.baseFolder + "/" + $0 }
    }
}

extension ChannelSetupError {
    static func badSender(_ configuration: ChannelConfiguration) -> ChannelSetupError {
        ChannelSetupError(
            message: "`from` of channel `\(configuration.id)` is not a mail address",
            help: "write it as `Acme Shop <hello@acme.example>`")
    }
}

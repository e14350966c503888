import ArgumentParser
import Channels
import RuleEngine
import Runner
import Storage

extension ChannelsCommand {
    struct Prices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch what the messages of a day really cost, and correct the deliveries.",
            discussion: """
                For providers that tell prices later: twilio, twilio-whatsapp. A thousand messages a request. Asking again \
                changes nothing but what has changed.
                """
        )

        @Argument(help: "The channel's id.")
        var name: String

        @Option(help: "The day on which they were sent, as 2026-11-20 (UTC). Without it: yesterday.")
        var day: String?

        @OptionGroup var sandbox: SandboxOption

        @OptionGroup var options: CommonOptions

        func run() throws {
            let address = try sandbox.address()
            let workspace = try Workspace(options)
            let project = try workspace.checked().project
            let declaration = try project.channel(named: name)
            let now = workspace.environment.now()
            let day = day ?? String(Figures.instant(now.adding(seconds: -86_400)).prefix(10))
            let factory = ChannelFactory(
                secrets: workspace.secrets, baseFolder: workspace.folder.path,
                sandbox: address)
            let store = try workspace.openSQLite()
            let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
            var (pages, told, ours) = (0, 0, 0)
            do throws(ChannelSetupError) {
                let channel = try factory.channel(for: declaration)
                var page: String?
                repeat {
                    guard let answer = try channel.accountDesk?.prices(sentOn: day, page: page) else {
                        throw ChannelSetupError(
                            message: "`\(declaration.provider)` tells no prices later",
                            help:
                                "what it tells in statuses is taken by carillon serve; else the channel's `cost` counts"
                        )
                    }
                    switch answer {
                    case .failed(let code):
                        throw ChannelSetupError(
                            message: "the provider did not tell prices (\(code)) after \(told) messages",
                            help: "try again later")
                    case .page(let prices, let next):
                        pages += 1
                        told += prices.count
                        ours += try note(prices, inbox, now)
                        page = next
                    }
                } while page != nil && pages < 10_000
            } catch {
                throw CommandFailure(reason: "channel", message: error.message, help: error.help)
            }
            if options.json {
                let report: JSON = ["day": .string(day), "told": JSON(told), "corrected": JSON(ours)]
                return Terminal.output.write(report.text)
            }
            Terminal.output.line(
                "\(day): prices of \(Figures.count(told, "message")), \(Figures.count(ours, "delivery", plural: "deliveries")) of ours"
            )
        }

        func validate() throws {
            guard let day else { return }
            let isDay = day.utf8.count == 10 && Figures.instant(from: day) != nil
            guard isDay else { throw ValidationError("--day takes a date such as 2026-11-20") }
        }

        private func note(
            _ prices: [PriceAnswer.Priced], _ inbox: any WebhookInbox, _ now: Timestamp
        ) throws(ChannelSetupError) -> Int {
            do throws(StoreError) {
                return try inbox.note(prices.map { PricedMessage($0) }, channel: name, now: now)
            } catch {
                throw ChannelSetupError(message: "the prices can't be written down: \(error)")
            }
        }
    }
}

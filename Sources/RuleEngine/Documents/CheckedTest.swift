/// A scenario test: a person, what happens to them, and what a program must and must not do then.
package struct CheckedTest: Sendable {
    package enum Target: Sendable, Hashable {
        case all
        case program(DocumentKind, String)
    }

    /// Who the test is about.
    package struct Person: Sendable {
        /// By the field's name; a field that isn't there is missing.
        package var fields: [String: Value] = [:]
        /// By channel kind. What isn't named was never given.
        package var consent: [String: ConsentLevel] = [:]
        package var zone: String?
        package var isDoNotContact = false
        package var isHeldOut: Bool?
        package var arms: [String: String] = [:]
        /// How a channel's provider behaves, by the channel's id.
        package var providers: [String: ProviderManner] = [:]
        /// Calls of endpoints that nobody answers.
        package var failingCalls: Set<String> = []

        package init() {}
    }

    /// What a provider makes of every message in a test.
    package enum ProviderManner: String, Sendable, CaseIterable {
        case delivers, undelivered, refuses, silent
        /// The account takes nothing at all; another may stand in for it.
        case down

        static let words = allCases.map(\.rawValue)
    }

    /// One entry of the timeline.
    package struct Moment: Sendable {
        package enum Time: Sendable, Hashable {
            case at(LocalMoment)
            /// Microseconds after the moment before.
            case after(Int64)
        }

        package enum Happening: Sendable {
            /// Time passes.
            case nothing
            case event(String, [String: Value])
            case change([String: Value])
            case consent([String: ConsentLevel])
            /// A message of the person, by this channel.
            case inbound(String)
            case opened(template: String)
            case clicked(template: String, link: String?)
            case replied(template: String)
            /// The person wants nothing more on this kind of channel.
            case stops(String)
        }

        package var time: Time
        package var happening: Happening
        package var span: SourceSpan
    }

    /// Which message is meant; what isn't named may be anything.
    package struct MessageFact: Sendable {
        package var template: String?
        package var via: String?
        package var at: LocalMoment?
        package var between: (from: LocalMoment, to: LocalMoment)?
        package var until: LocalMoment?
        package var contains: String?
        package var reason: String?
    }

    /// Something that is or isn't a step's doing, by a name and perhaps a time.
    package struct NamedFact: Sendable {
        package var name: String?
        package var at: LocalMoment?
        package var contains: String?
    }

    package enum Fact: Sendable {
        case entered(NamedFact)
        /// Nobody came in; the name is the reason.
        case leftOut(NamedFact)
        case sent(MessageFact)
        case notSent(MessageFact)
        case held(MessageFact)
        case skipped(MessageFact)
        case handedOver(NamedFact)
        case tagged(NamedFact)
        case called(NamedFact)
        case ended(NamedFact)
        case cost(atMost: Money)
        case moreThan(count: Int, period: Int64)
        case sentWithoutConsent
        case sentInQuietHours
    }

    package struct Expectation: Sendable {
        package var fact: Fact
        package var span: SourceSpan
    }

    package struct Property: Sendable, Hashable {
        package var contacts: Int
        package var days: Int
        package var seed: Int
    }

    /// Shares in millionths that all tests of the program together must reach.
    package struct Coverage: Sendable, Hashable {
        package var branches: Int64?
        package var skipReasons: Int64?
        package var languages: Int64?
        package var span: SourceSpan
    }

    package var name: String
    package var target: Target
    package var given: Person
    package var timeline: [Moment]
    package var expect: [Expectation]
    package var never: [Expectation]
    package var property: Property?
    package var coverage: Coverage?
    package var span: SourceSpan
}

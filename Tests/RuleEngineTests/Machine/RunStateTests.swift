import RuleEngine
import TestKit
import Testing

struct RunStateTests {
    private func sleeping() throws -> (JourneyFixture, RunState) {
        let fixture = try JourneyFixture(
            steps: """
                - repeat: {at_most: 3, every: 1d}
                  do:
                    - wait_for: order_placed
                      where: event.cart_id == entry.cart_id
                      up_to: 2h
                      then:
                        - exit: bought
                """)
        let entry = RunEntry(
            occurrence: 7, event: EventID(rawValue: 99),
            fields: ["cart_id": Value("c-1"), "total": .number(5, .money)],
            conversationID: [1, 2])
        return (fixture, fixture.machine.begin(entry, facts: fixture.facts()).state)
    }

    @Test func `a state is read back as it was written, in one form only`() throws {
        let (fixture, state) = try sleeping()
        let bytes = state.encoded
        #expect(try RunState.decode(bytes, of: fixture.program) == state)
        #expect(try RunState.decode(bytes, of: fixture.program).encoded == bytes)
        #expect(bytes.count < 100)
    }

    /// What is on somebody's disk today must be readable for ever; a change of the form is a new version.
    @Test func `the form doesn't change by accident`() throws {
        let (_, state) = try sleeping()
        let digits = Array("0123456789abcdef")
        let text = state.encoded.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
        #expect(text == Self.form, "\(text)")
    }

    /// Written by a few lines of Python from the description of the form.
    private static let form =
        "01078090a1d0ee87b50601c6010207636172745f69640303632d3105746f74616c120a0201020201"
        + "0180b0dba2a488b5068090a1d0ee87b50680f88694ea87b50601000101010000"

    @Test func `any bytes are a state or an error`() throws {
        let (fixture, state) = try sleeping()
        let sound = state.encoded
        for count in sound.indices {
            #expect(throws: RunStateError.self) {
                try RunState.decode(Array(sound[..<count]), of: fixture.program)
            }
        }
        var random = SeededRandom(seed: 11)
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            do throws(RunStateError) {
                let state = try RunState.decode(bytes, of: fixture.program)
                // What it lets through can be run.
                _ = fixture.machine.step(state, .awake, facts: fixture.facts(at: JourneyFixture.at(JourneyFixture.day)))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }

    @Test func `it says what is wrong`() throws {
        let (fixture, state) = try sleeping()
        let other = try JourneyFixture(steps: "- wait: 1d")
        #expect(throws: RunStateError.otherProgram) { try RunState.decode(state.encoded, of: other.program) }
        #expect(throws: RunStateError.unknownVersion(2)) {
            try RunState.decode([2] + state.encoded.dropFirst(), of: fixture.program)
        }
        #expect(throws: RunStateError.malformed) { try RunState.decode(state.encoded + [0], of: fixture.program) }
        #expect(throws: RunStateError.truncated) { try RunState.decode([], of: fixture.program) }
    }
}

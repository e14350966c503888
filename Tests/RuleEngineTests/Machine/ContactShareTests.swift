import RuleEngine
import Testing

struct ContactShareTests {
    /// From the authors' reference implementation: key 00 01 … 0f, messages of 0, 1, 2 … bytes 00 01 …
    @Test(arguments: [
        (0, 0x726F_DB47_DD0E_0E31 as UInt64), (1, 0x74F8_39C5_93DC_67FD), (8, 0x93F5_F579_9A93_2462),
        (15, 0xA129_CA61_49BE_45E5),
    ])
    func `the hash is SipHash-2-4`(length: Int, expected: UInt64) {
        let message = (0..<length).map { UInt8($0) }
        let hash = SipHash.hash(message, first: 0x0706_0504_0302_0100, second: 0x0F0E_0D0C_0B0A_0908)
        #expect(hash == expected)
    }

    /// These are promises to everybody who is in a split today.
    @Test func `positions never change`() {
        let positions = ["anna", "kai", "", "ümit"].map { contact in
            [ContactShare.Draw.holdout, .split(0), .split(1)].map {
                ContactShare.position(Array(contact.utf8), in: "trial-onboarding", $0)
            }
        }
        #expect(positions == Self.known, "\(positions)")
    }

    /// By an implementation in Python.
    private static let known: [[Int64]] = [
        [418_478, 638_395, 434_275], [972_033, 952_286, 845_593], [264_295, 10_103, 37_662],
        [258_000, 436_748, 446_103],
    ]

    @Test func `shares come out as they are written, and draws know nothing of each other`() {
        var both = [[0, 0], [0, 0]]
        for number in 0..<40_000 {
            let contact = Array("contact-\(number)".utf8)
            let first = ContactShare.position(contact, in: "p", .holdout) < 200_000 ? 1 : 0
            let second = ContactShare.arm(
                of: ContactShare.position(contact, in: "p", .split(0)), among: [500_000, 500_000])
            both[first][second] += 1
        }
        // Expected are 4,000 and 16,000; five standard deviations are about 300 and 500.
        #expect(abs(both[1][0] - 4_000) < 300 && abs(both[1][1] - 4_000) < 300, "\(both)")
        #expect(abs(both[0][0] - 16_000) < 500 && abs(both[0][1] - 16_000) < 500, "\(both)")
    }

    @Test(arguments: [(0, 0), (99_999, 0), (100_000, 1), (299_999, 1), (300_000, 2), (999_999, 2)])
    func `an arm begins where the one before it ends`(position: Int64, arm: Int) {
        #expect(ContactShare.arm(of: position, among: [100_000, 200_000, 700_000]) == arm)
    }

    @Test func `the same person gets the same arm, whatever the split is called`() throws {
        func arms(_ name: String) throws -> [[String]] {
            let fixture = try JourneyFixture(
                steps: """
                    - split: \(name)
                      arms:
                        a: {share: 50%, do: [{tag: red}]}
                        b: {share: 50%, do: [{tag: blue}]}
                    """)
            return (0..<50).map { number in
                fixture.machine.begin(RunEntry(), facts: fixture.facts(contact: "c\(number)")).actions
            }
        }
        let first = try arms("colour")
        #expect(try arms("shade") == first)
        #expect(Set(first).count == 2)
    }
}

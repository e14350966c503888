import Glibc
import RuleEngine
import TestKit
import Testing

@Suite("The time zones that the program carries")
struct BundledZonesTests {
    @Test func `every one can be read`() {
        #expect(BundledZones.names.count > 590)
        for name in BundledZones.names { #expect(BundledZones.rules(named: name) != nil, "\(name)") }
        #expect(BundledZones.rules(named: "Europe/Atlantis") == nil)
        #expect(BundledZones.rules(named: "../etc/passwd") == nil)
        #expect(BundledZones.version >= "2026f")
    }

    /// Laws of 2026 that older rules don't know.
    @Test(arguments: [
        ("America/Vancouver", -7), ("America/Edmonton", -6), ("America/Winnipeg", -5), ("Africa/Casablanca", 0),
        ("America/Havana", -4),
    ])
    func `knows the law of November 2026`(name: String, hours: Int) throws {
        let zone = try #require(BundledZones.rules(named: name))
        #expect(zone.offset(at: Timestamp(microseconds: 1_795_262_400_000_000)).seconds == hours * 3600)
    }

    /// Every zone, every change of two years, and the instants around it, by an implementation of others.
    @Test func `agrees with Python's zoneinfo on every change of 2026 and 2027`() throws {
        let names = BundledZones.names
        let path = "/tmp/carillon-zones-\(getpid()).txt"
        defer { unlink(path) }
        let file = try #require(fopen(path, "w"))
        for name in names { fputs("\(name) \(try #require(BundledZones.file(named: name)))\n", file) }
        fclose(file)
        let script = #filePath.replacing(
            "RuleEngineTests/Time/BundledZonesTests.swift", with: "Support/zone_offsets.py")
        let python = try #require(ChildProcess(["/usr/bin/python3", script, path]))
        var zones = 0
        var changes = 0
        while let line = python.readLine() {
            let words = line.split(separator: " ")
            let zone = try #require(BundledZones.rules(named: String(words[0])))
            changes += Int(words[1]) ?? 0
            zones += 1
            for index in stride(from: 2, to: words.count - 1, by: 2) {
                let instant = try #require(Int64(words[index]))
                let offset = zone.offset(at: Timestamp(microseconds: instant * 1_000_000)).seconds
                #expect(offset == Int(words[index + 1]), "\(words[0]) at \(instant)")
            }
        }
        #expect(zones == names.count)
        #expect(changes > 600)
    }
}

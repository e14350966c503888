import RuleEngine
import Runner
import Testing

/// `2027-03-28 10:00` in a condition is what the project's clock shows.
struct LocalTimeTests {
    private func holds(_ condition: String, zone: String, at instant: Int64) throws -> Bool {
        let files = [
            SourceFile(
                path: "carillon.yaml", bytes: Array("project: acme\ntime_zone: \(zone)\nfiles: [segments/**]\n".utf8)),
            SourceFile(path: "segments/a.yaml", bytes: Array("segment: a\nwhere: \(condition)\n".utf8)),
        ]
        let result = Compiler.compile(files, catalog: .standard(inferredSchema: ContactSchema(id: "x", declared: [])))
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let segment = try #require(result.project?.segments["a"], "\(text)")
        var page = FactPage(slotCount: try #require(result.project).schema.fields.count)
        page.finishRow()
        return CompiledCondition(all: segment.conditions).holds(
            for: 0, in: page, now: Timestamp(microseconds: instant * 1_000_000))
    }

    /// 2027-03-28 10:00 UTC, the day on which the clocks of Europe go forward.
    private let ten: Int64 = 1_806_228_000

    @Test(
        arguments: [
            ("Europe/Berlin", -7200 as Int64), ("Etc/UTC", 0), ("America/New_York", 14_400),
            ("Asia/Kathmandu", -20_700),
        ] as [(String, Int64)])
    func `a time without an offset is the project's`(zone: String, shift: Int64) throws {
        #expect(try holds("now >= 2027-03-28 10:00", zone: zone, at: ten + shift))
        #expect(try !holds("now >= 2027-03-28 10:00", zone: zone, at: ten + shift - 1))
    }

    @Test func `a time that the clock jumps over is the first instant after the jump`() throws {
        // 02:30 does not exist in Berlin on this day: 01:59:59 is followed by 03:00:00, which is 01:00 UTC.
        #expect(try holds("now >= 2027-03-28 02:30", zone: "Europe/Berlin", at: ten - 9 * 3600))
        #expect(try !holds("now >= 2027-03-28 02:30", zone: "Europe/Berlin", at: ten - 9 * 3600 - 1))
    }
}

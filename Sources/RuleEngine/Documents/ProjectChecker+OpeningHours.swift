extension ProjectChecker {
    /// Offices that keep holidays need a clock whose country's holidays are known: an office that is silently open on a
    /// holiday would answer for closed doors.
    mutating func checkOpeningHours(_ document: Document) {
        guard document.isSound else { return }
        for entry in document.value("opening_hours")?.entries ?? [] {
            guard let zone = entry.value.value("in")?.scalar,
                HolidayCalendar.shipped.country(ofZone: zone.text) == nil,
                let holidays = Self.mentionOfHolidays(entry.value)
            else { continue }
            diagnostics.report(.noHolidays(holidays.span, zone: zone.text, zoneAt: zone.span))
        }
    }

    private static func mentionOfHolidays(_ hours: SyntaxNode) -> SyntaxScalar? {
        let closed = hours.value("closed")?.texts.first { $0.text == "holidays" }
        let days = (hours.value("open")?.items ?? []).compactMap { $0.value("days")?.scalar }
        return closed ?? days.first { ((try? Units.days($0.text)) ?? []).contains(.holidays) }
    }
}

extension Diagnostic {
    fileprivate static func noHolidays(_ span: SourceSpan, zone: String, zoneAt: SourceSpan) -> Diagnostic {
        let known = HolidayCalendar.shipped.countries.map(\.code).sorted().joined(separator: ", ")
        return Diagnostic(
            code: "E0317", message: "no public holidays are known for the clock `\(zone)`", at: Label(span),
            also: [Label(zoneAt, "this clock")],
            help: "name the days under `closed`, like `2027-12-24`; holidays are known for \(known)")
    }
}

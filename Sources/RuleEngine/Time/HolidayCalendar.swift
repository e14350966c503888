/// Public holidays by country. The rules are data (`Holidays/holidays.txt`); what they mean is here.
package struct HolidayCalendar: Sendable {
    /// How a holiday that falls on a weekend is made up for.
    package enum Substitute: Sendable, Hashable {
        case none
        /// The next working day that is no holiday itself.
        case nextWorkingDay
        /// Friday for a Saturday, Monday for a Sunday.
        case nearestWorkingDay
    }

    package enum Rule: Sendable, Hashable {
        case fixed(month: Int, day: Int, Substitute)
        /// Days after Easter Sunday.
        case easter(Int)
        /// `nth` is 1...5, or nil for the last one. Monday is 1.
        case weekday(nth: Int?, weekday: Int, month: Int)
    }

    package struct Country: Sendable {
        package let code: String
        package var source = ""
        /// Which holidays are meant, and which are not.
        package var coverage = ""
        package var zones: [String] = []
        package var rules: [Rule] = []
    }

    package let version: String
    package let countries: [Country]
    private let countryOfZone: [String: Int]

    /// What ships with the program. A test reads all of it.
    package static let shipped = HolidayCalendar(reading: PackageResources.holidays_txt)

    /// Lines that can't be read are left out; a test holds that there are none in what ships.
    package init(reading bytes: [UInt8]) {
        var reader = HolidayReader()
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") { reader.read(line) }
        version = reader.version
        countries = reader.countries
        var zones: [String: Int] = [:]
        for (index, country) in reader.countries.enumerated() {
            for zone in country.zones { zones[zone] = index }
        }
        countryOfZone = zones
    }

    /// Nil where no holidays are known for the zone's country.
    package func country(ofZone zone: String) -> Country? {
        countryOfZone[zone].map { countries[$0] }
    }
}

extension HolidayCalendar.Country {
    /// A substitute may lie in the year after the holiday that it stands for, and before it.
    package func isHoliday(_ date: CalendarDate) -> Bool {
        days(of: date.year).contains(date.daysSinceEpoch)
            || (date.month == 12 && date.day == 31 && days(of: date.year + 1).contains(date.daysSinceEpoch))
            || (date.month == 1 && date.day < 5 && days(of: date.year - 1).contains(date.daysSinceEpoch))
    }

    /// The holidays that belong to a year, as days since 1970-01-01.
    package func days(of year: Int) -> Set<Int64> {
        let fixed = rules.compactMap { rule in Self.day(of: rule, in: year).map { (rule, $0) } }
        var days = Set(fixed.map(\.1))
        for case (.fixed(_, _, let substitute), let day) in fixed {
            let weekday = CalendarDate(daysSinceEpoch: day).weekday
            guard weekday > 5 else { continue }
            switch substitute {
            case .none: break
            case .nearestWorkingDay: days.insert(weekday == 6 ? day - 1 : day + 1)
            case .nextWorkingDay:
                var next = day + 1
                while days.contains(next) || CalendarDate(daysSinceEpoch: next).weekday > 5 { next += 1 }
                days.insert(next)
            }
        }
        return days
    }

    private static func day(of rule: HolidayCalendar.Rule, in year: Int) -> Int64? {
        switch rule {
        case .fixed(let month, let day, _): return CalendarDate(year: year, month: month, day: day)?.daysSinceEpoch
        case .easter(let offset): return easterSunday(of: year).map { $0 + Int64(offset) }
        case .weekday(let nth, let weekday, let month):
            let first = nth.map { 7 * $0 - 6 } ?? CalendarDate.length(ofMonth: month, year: year) - 6
            guard let start = CalendarDate(year: year, month: month, day: first) else { return nil }
            return start.daysSinceEpoch + Int64((weekday - start.weekday + 7) % 7)
        }
    }

    /// The Gregorian computus, in the form of Meeus, Jones and Butcher.
    private static func easterSunday(of year: Int) -> Int64? {
        guard year > 1582 else { return nil }
        let golden = year % 19
        let (century, yearOfCentury) = year.quotientAndRemainder(dividingBy: 100)
        let (leapCenturies, restCenturies) = century.quotientAndRemainder(dividingBy: 4)
        let correction = (century - (century + 8) / 25 + 1) / 3
        let epact = (19 * golden + century - leapCenturies - correction + 15) % 30
        let (leapYears, restYears) = yearOfCentury.quotientAndRemainder(dividingBy: 4)
        let sunday = (32 + 2 * restCenturies + 2 * leapYears - epact - restYears) % 7
        let shift = (golden + 11 * epact + 22 * sunday) / 451
        let (month, day) = (epact + sunday - 7 * shift + 114).quotientAndRemainder(dividingBy: 31)
        return CalendarDate(year: year, month: month, day: day + 1)?.daysSinceEpoch
    }
}

/// Reads the lines of the data file.
struct HolidayReader {
    private(set) var version = ""
    private(set) var countries: [HolidayCalendar.Country] = []
    /// Lines that mean nothing.
    private(set) var faults: [String] = []

    mutating func read(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard let key = words.first, !key.hasPrefix("#") else { return }
        if !take(key, Array(words.dropFirst())) { faults.append(String(line)) }
    }

    private mutating func take(_ key: String, _ words: [String]) -> Bool {
        guard let first = words.first else { return false }
        switch key {
        case "version": version = first
        case "country": countries.append(HolidayCalendar.Country(code: first))
        default:
            guard let last = countries.indices.last else { return false }
            switch key {
            case "source": countries[last].source = first
            case "covers": countries[last].coverage = words.joined(separator: " ")
            case "zones": countries[last].zones += words
            default:
                guard let rule = Self.rule(key, words) else { return false }
                countries[last].rules.append(rule)
            }
        }
        return true
    }

    private static func rule(_ key: String, _ words: [String]) -> HolidayCalendar.Rule? {
        switch key {
        case "fixed":
            let parts = words[0].split(separator: "-").compactMap { Int($0) }
            // A leap year has all days that there are.
            guard parts.count == 2, CalendarDate(year: 2024, month: parts[0], day: parts[1]) != nil else { return nil }
            let substitute: HolidayCalendar.Substitute
            switch words.dropFirst().first {
            case nil: substitute = .none
            case "next": substitute = .nextWorkingDay
            case "next=nearest": substitute = .nearestWorkingDay
            default: return nil
            }
            return .fixed(month: parts[0], day: parts[1], substitute)
        case "easter": return Int(words[0]).map { .easter($0) }
        case "weekday":
            guard words.count == 3, let weekday = WeekDays.names.firstIndex(of: words[1]), let month = Int(words[2]),
                (1...12).contains(month)
            else { return nil }
            if words[0] == "last" { return .weekday(nth: nil, weekday: weekday + 1, month: month) }
            guard let nth = Int(words[0]), (1...4).contains(nth) else { return nil }
            return .weekday(nth: nth, weekday: weekday + 1, month: month)
        default: return nil
        }
    }
}

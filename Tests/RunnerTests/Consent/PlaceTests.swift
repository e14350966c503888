import RuleEngine
import Runner
import Testing

@Suite("Where people may be")
struct PlaceTests {
    static func place(_ zone: String? = nil, _ country: String? = nil, _ number: String? = nil) -> Place {
        PlaceBook.shared.place(timeZone: zone, country: country, number: number)
    }

    @Test func `all of the shipped data can be read, and names zones that exist`() {
        #expect(PlaceTable.shipped.faults.isEmpty)
        #expect(PlaceTable.shipped.versions.count == 2)
        #expect(PlaceTable.shipped.allZones.count > 400)
        for zone in PlaceTable.shipped.allZones { #expect(TimeZoneLoader.rules(for: zone) != nil, "\(zone)") }
    }

    @Test func `a contact's own zone is trusted before country and number, which still say whose law holds`() {
        let place = Self.place("Europe/Berlin", "US", "+13055550100")
        #expect(place.zones == ["Europe/Berlin"])
        #expect(place.source == .profile)
        #expect(place.countries == ["US"])
        #expect(place.states == ["FL"])
    }

    @Test(arguments: [
        ("+13055550100", ["America/New_York"], ["FL"]),
        ("+18505550100", ["America/Chicago", "America/New_York"], ["FL"]),
        // Its overlay shares the split.
        ("+14485550100", ["America/Chicago", "America/New_York"], ["FL"]),
        ("+14235550100", ["America/Chicago", "America/New_York"], ["TN"]),
        ("+12045550100", ["America/Winnipeg"], ["MB"]),
    ])
    func `an area code tells zones and state`(number: String, zones: [String], states: [String]) {
        let place = Self.place(nil, nil, number)
        #expect(place.zones == zones)
        #expect(place.states == states)
        #expect(place.source == .number)
    }

    @Test func `mobile telephones of large countries may be anywhere in them`() {
        #expect(Self.place(nil, nil, "+79161234567").zones.contains("Asia/Kamchatka"))
        #expect(Self.place(nil, nil, "+61412345678").zones.contains("Australia/Perth"))
    }

    @Test func `a country of several zones is narrowed by a number of its own, and widened by another's`() {
        #expect(Self.place(nil, "US", "+13055550100").zones == ["America/New_York"])
        #expect(Self.place(nil, "US", nil).zones.count > 20)
        let both = Self.place(nil, "DE", "+13055550100")
        #expect(both.zones.contains("Europe/Berlin") && both.zones.contains("America/New_York"))
        #expect(both.countries == ["DE", "US"])
        let tollFree = Self.place(nil, "US", "+18005550100")
        #expect(tollFree.countries == ["US"])
        #expect(!tollFree.zones.contains("America/Jamaica"))
    }

    @Test func `the same place is one object, so that answers about it are worked out once`() {
        #expect(Self.place(nil, nil, "+13055550100") === Self.place(nil, nil, "+13055559999"))
    }

    @Test func `nothing known is nowhere, and anywhere before the law`() {
        let place = Self.place()
        #expect(place.zones.isEmpty)
        #expect(place.mayBe(in: ["US"], states: ["FL"]))
    }
}

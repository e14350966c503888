package import Runner

extension SQLiteJourneyStore {
    package func openPlaces(
        of launch: LaunchID, examples: Int
    ) throws(StoreError) -> [(node: Int, count: Int, contacts: [ContactKey])] {
        let count = try connection.prepare(
            "SELECT node, count(*) FROM run WHERE launch = ?1 AND ended_at IS NULL GROUP BY node ORDER BY node")
        count.bind(1, launch.rawValue)
        var places: [(node: Int, count: Int, contacts: [ContactKey])] = []
        while try count.step() { places.append((Int(count.integer(0)), Int(count.integer(1)), [])) }
        let first = try connection.prepare(
            "SELECT contact FROM run WHERE launch = ?1 AND ended_at IS NULL AND node = ?2 LIMIT ?3")
        for place in places.indices {
            first.bind(1, launch.rawValue)
            first.bind(2, Int64(places[place].node))
            first.bind(3, Int64(examples))
            while try first.step() { places[place].contacts.append(ContactKey(rawValue: first.integer(0))) }
        }
        return places
    }
}

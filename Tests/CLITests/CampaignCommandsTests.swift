import Testing

/// The commands that steer campaigns and tell about them, as a shell calls them.
@Suite("Steering campaigns")
struct CampaignCommandsTests {
    @Test func `two versions are compared, and a layout reports nobody`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let own = carillon.read("campaigns/hello.yaml")
        try carillon.write("old.yaml", "# the same\n" + own)
        let same = try carillon("plan", "hello", "--against", "old.yaml")
        #expect(same.status == 0)
        #expect(same.output.contains("nobody is reached otherwise"), "\(same.output)\(same.errors)")
        try carillon.write("old.yaml", own + "\nholdout: 50%\n")
        let other = try carillon("plan", "hello", "--against", "old.yaml", "--json")
        #expect(other.status == 0)
        let changes = Numbers(other.output)
        #expect((changes["reached_now"] ?? 0) >= (changes["reached_before"] ?? 0))
        // A mistake stands where it was made.
        try carillon.write("old.yaml", own + "\nholdouts: 50%\n")
        let wrong = try carillon("plan", "hello", "--against", "old.yaml")
        #expect(wrong.status == 1 && wrong.errors.contains("--> old.yaml:"), "\(wrong.errors)")
        #expect(!wrong.errors.contains("--> campaigns/hello.yaml"))
    }

    @Test func `what was sent is told by day and by step`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        let days = try carillon("stats")
        #expect(days.status == 0)
        #expect(days.output.contains("hello") && days.output.contains("accepted"), "\(days.output)\(days.errors)")
        let steps = try carillon("stats", "hello", "--json")
        #expect(steps.status == 0 && steps.output.contains("\"steps\""))
        #expect(try carillon("stats", "--from", "2027-02-30").status == 2)
        #expect(try carillon("stats", "nobody").status == 1)
    }

    @Test func `a scheduled campaign is written down, paused, resumed and killed from other processes`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let schedule = "\nschedule: {at: 2090-03-18 10:00, in: Europe/Berlin, too_late_after: 6h}\n"
        try carillon.write("campaigns/hello.yaml", carillon.read("campaigns/hello.yaml") + schedule)
        let registered = try carillon("run", "hello", "--register")
        #expect(registered.status == 0)
        #expect(registered.output.contains("2090-03-18T09:00:00Z"), "\(registered.output)\(registered.errors)")
        #expect(try carillon("status", "hello").output.contains("scheduled"))
        #expect(try carillon("pause", "hello").status == 0)
        let resumed = try carillon("resume", "hello", "--json")
        #expect(resumed.output.contains("\"scheduled\""), "\(resumed.output)")
        #expect(try carillon("kill").status == 2, "it asks for a program, or --all")
        #expect(try carillon("kill", "--all").output.contains("`hello` is killed"))
        #expect(try carillon("status", "hello").output.contains("killed"))
        #expect(try carillon("resume", "hello").status == 4)
        #expect(carillon.files(in: "outbox") == [])
    }
}

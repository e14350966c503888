import Channels
import Glibc
import Testing

/// Backup, restore, migration and the doctor, as whoever keeps it running types them.
@Suite("Operation") struct OperationTests {
    /// A project of which a part was sent, with what is left standing open.
    private static func project(_ carillon: Program) throws {
        try carillon("init", "shop")
        _ = try carillon.shell("cd shop && carillon contacts import contacts.csv")
    }

    @Test func `a backup holds everything, and a folder that is there is never written over`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        let made = try carillon.shell("cd shop && carillon backup ../kept --json")
        #expect(made.status == 0, "\(made.errors)")
        let report = try #require(JSONReader.read(Array(made.output.utf8)))
        #expect(report["contents"]?.items.map { $0["path"]?.string ?? "" } == ["carillon.db", "key"])
        #expect(report["project"]?.items.contains { $0["path"]?.string == "carillon.yaml" } == true)
        let modes = try carillon.shell("stat -c '%a %n' kept kept/*")
        #expect(modes.output == "700 kept\n600 kept/backup.json\n600 kept/carillon.db\n600 kept/key\n")
        #expect(try carillon.shell("cd shop && carillon backup ../kept").status == 2)
        #expect(try carillon.shell("test -e kept.partial").status == 1)
    }

    @Test func `a restored copy knows all and sends nothing until somebody says so`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        _ = try carillon.shell("cd shop && carillon backup ../kept && echo '# later' >> carillon.yaml")
        // Where there is data nothing is restored.
        let refused = try carillon.shell("cd shop && carillon restore ../kept")
        #expect(refused.status == 4 && refused.errors.contains("there is data already"))
        let restored = try carillon.shell("cd shop && mv .carillon ../old && carillon restore ../kept")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(restored.output.contains("1 file of the project is otherwise than then: carillon.yaml"))
        // Behind what the original had written down by then, which is all but that it was backed up.
        let log = try carillon.shell("cd shop && carillon audit list && carillon audit verify")
        let entries = log.output.split(separator: "\n")
        #expect(entries.first?.contains("restoreBackup") == true && entries.last?.hasPrefix("2 entries, whole") == true)
        #expect(entries.first?.contains("backup:2") == true, "\(log.output)")
        let run = try carillon.shell("cd shop && carillon run --until-idle")
        #expect(run.status == 4 && run.errors.contains("restored from a backup"), "\(run.output)\(run.errors)")
        let campaign = try carillon.shell("cd shop && carillon run hello")
        #expect(campaign.status == 4 && campaign.errors.contains("restore --confirm"), "\(campaign.errors)")
        let doctor = try carillon.shell("cd shop && carillon doctor")
        #expect(doctor.status == 1 && doctor.output.contains("FAIL copy"), "\(doctor.output)")
        let confirmed = try carillon.shell("cd shop && carillon restore --confirm")
        #expect(confirmed.output == "this data folder may send from now on\n")
        #expect(try carillon.shell("cd shop && carillon run --until-idle").status == 0)
        #expect(try carillon.shell("cd shop && carillon restore --confirm").status == 4)
    }

    @Test(arguments: [
        ("echo x >> kept/carillon.db", "isn't what was backed up"), ("rm kept/key", "is missing"),
        ("rm kept/backup.json", "is no backup"), ("echo '{}' > kept/backup.json", "another form"),
    ])
    func `a backup that isn't whole is not restored`(_ damage: String, _ told: String) throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        _ = try carillon.shell("cd shop && carillon backup ../kept && mv .carillon ../old && cd .. && \(damage)")
        let refused = try carillon.shell("cd shop && carillon restore ../kept")
        #expect(refused.status == 1 && refused.errors.contains(told), "\(refused.errors)")
        #expect(try carillon.shell("test -e shop/.carillon/carillon.db").status == 1)
    }

    @Test(arguments: ["rm .carillon/carillon.db*", "rm -f .carillon/carillon.db-*; : > .carillon/carillon.db"])
    func `a backup goes back to where the database was lost, and is a copy there`(_ loss: String) throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        #expect(try carillon.shell("cd shop && carillon backup ../kept && { \(loss); }").status == 0)
        let lost = try carillon.shell("cd shop && carillon status")
        #expect(lost.status == 1 && lost.errors.contains("put the last backup back"), "\(lost.errors)")
        let restored = try carillon.shell("cd shop && carillon restore ../kept && carillon doctor")
        #expect(restored.status == 1 && restored.output.contains("FAIL copy"), "\(restored.output)\(restored.errors)")
    }

    @Test func `the doctor finds what is wrong and says what to do`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        let well = try carillon.shell("cd shop && carillon backup ../kept >/dev/null && carillon doctor --deep --json")
        #expect(well.status == 0, "\(well.output)")
        let findings = JSONReader.read(Array(well.output.utf8))?["findings"]?.items ?? []
        let checks = Set(findings.compactMap { $0["check"]?.string })
        let expected: Set = [
            "project", "database", "tables", "disk", "clock", "copy", "runner", "work", "leases", "backup", "zones",
            "secrets",
        ]
        #expect(expected.subtracting(checks).isEmpty, "\(checks)")
        let helpless = findings.filter { $0["level"]?.string != "ok" && ($0["help"]?.string ?? "").isEmpty }
        #expect(helpless.isEmpty, "\(helpless)")
        let open = try carillon.shell("cd shop && chmod 644 .carillon/key && carillon doctor")
        #expect(open.status == 1 && open.output.contains("chmod go= "), "\(open.output)")
        let files = try carillon.shell(
            "cd shop && chmod 600 .carillon/key && echo 'a: [' >> carillon.yaml && carillon doctor")
        #expect(files.status == 1 && files.output.contains("FAIL project"), "\(files.output)")
        let key = try carillon.shell("cd shop && head -c 32 /dev/urandom > .carillon/key && carillon doctor")
        #expect(key.status == 1 && key.output.contains("put the file `key` back"), "\(key.output)")
        let damaged = try carillon.shell(
            "cd shop && head -c 4096 /dev/zero | dd of=.carillon/carillon.db bs=4096 seek=20 conv=notrunc 2>/dev/null;"
                + "carillon doctor")
        #expect(damaged.status == 1 && damaged.output.contains("FAIL database"), "\(damaged.output)")
        let gone = try carillon.shell("cd shop && rm .carillon/carillon.db* && carillon doctor; carillon status")
        #expect(gone.output.contains("FAIL database  it is gone"), "\(gone.output)")
        #expect(gone.status == 1 && gone.errors.contains("put the last backup back"), "\(gone.errors)")
        #expect(try carillon.shell("test -e shop/.carillon/carillon.db").status == 1)
    }

    @Test func `tables go forward, and a check changes nothing`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try Self.project(carillon)
        let done = try carillon.shell("cd shop && carillon migrate --check")
        #expect(done.status == 0 && done.output.contains("nothing to do"))
        // The last step taken back by hand, as an older program would have left it.
        let older = """
            import sqlite3; c = sqlite3.connect('shop/.carillon/carillon.db')
            c.execute('DROP INDEX message_archive_frame')
            c.execute("UPDATE meta SET value = 26 WHERE key = 'schema_version'"); c.commit()
            """
        #expect(try carillon.shell("/usr/bin/python3 - <<'END'\n\(older)\nEND").status == 0)
        let behind = try carillon.shell("cd shop && carillon migrate --check --json")
        #expect(behind.status == 1 && behind.output.contains("\"from\": 26"), "\(behind.output)")
        let doctor = try carillon.shell("cd shop && carillon doctor")
        #expect(doctor.output.contains("warn tables"), "\(doctor.output)")
        let migrated = try carillon.shell("cd shop && carillon migrate")
        #expect(migrated.status == 0 && migrated.output.contains("from version 26"), "\(migrated.errors)")
        #expect(try carillon.shell("cd shop && carillon migrate --check").status == 0)
        let newer = "UPDATE meta SET value = 9999 WHERE key = 'schema_version'"
        let script =
            "import sqlite3; c = sqlite3.connect('shop/.carillon/carillon.db'); c.execute(\"\(newer)\"); c.commit()"
        _ = try carillon.shell("/usr/bin/python3 - <<'END'\n\(script)\nEND")
        #expect(try carillon.shell("cd shop && carillon migrate").status == 4)
        let told = try carillon.shell("cd shop && carillon doctor")
        #expect(told.status == 1 && told.output.contains("run the newer program"), "\(told.output)")
    }
}

import Glibc
import RuleEngine
import Runner
import Storage
import Testing

/// A folder for one database and its files, which goes away with the test.
final class VirtualFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/carillon-rehearsal-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func write(_ name: String, _ text: String) throws -> String {
        let file = try #require(fopen(path + "/" + name, "w"))
        defer { fclose(file) }
        fputs(text, file)
        return path + "/" + name
    }

    deinit {
        for name in [
            "carillon.db", "carillon.db-wal", "carillon.db-shm", "key", "instance", "runner.lock", "contacts.csv",
        ] {
            unlink(path + "/" + name)
        }
        rmdir(path)
    }
}

/// Contacts of a CSV text, read as a simulation reads them.
func contacts(
    _ csv: String, _ schema: ContactSchema, in folder: VirtualFolder
) throws -> (people: SimulationContacts.Frozen, file: String) {
    let file = try folder.write("contacts.csv", csv)
    let contacts = SimulationContacts(schema: schema)
    let summary = try ContactImport(
        file: file, schema: schema, currency: "EUR", key: DataKey(bytes: [UInt8](repeating: 0, count: 32)),
        now: Timestamp(microseconds: 1_805_932_800_000_000)
    ).run(into: contacts)
    #expect(summary.refused == 0)
    return (contacts.frozen(), file)
}

import Channels
import Glibc
import Testing

@testable import Sandbox

@Suite struct JournalTests {
    @Test func `lines of many threads are all there once, and a broken last line is cut off`() throws {
        var template = Array("/tmp/carillon-journal-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template).map { String(cString: $0) })
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink(folder + "/j")
            rmdir(folder)
        }
        do {
            let journal = try Journal(path: folder + "/j")
            #expect(journal.earlier == 0)
            var threads: [WorkerThread] = []
            for thread in 0..<8 {
                threads.append(
                    try WorkerThread {
                        for line in 0..<50 { _ = journal.append(Array("{\"t\":\(thread),\"n\":\(line)}\n".utf8)) }
                    })
            }
            for thread in threads { thread.join() }
        }
        let file = try #require(fopen(folder + "/j", "a"))
        fputs("{\"t\":9,", file)
        fclose(file)
        let journal = try Journal(path: folder + "/j")
        #expect(journal.earlier == 400)
        #expect(journal.append(Array("{}\n".utf8)))
        #expect(try Journal(path: folder + "/j").earlier == 401)
    }
}

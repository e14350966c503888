import Testing

@testable import CLI

@Suite struct ProcessSecrecyTests {
    /// Of the test process itself, which has no secrets and needs no core either.
    @Test func `nobody looks into the memory of a server, and root is warned`() {
        #expect(ProcessSecrecy.forbidDumps())
        #expect(ProcessSecrecy.isDumpable == false)
        #expect(ProcessSecrecy.warning(user: 0)?.contains("runs as root") == true)
        #expect(ProcessSecrecy.warning(user: 1000) == nil)
    }
}

import Dispatch
import Synchronization
import Testing

@testable import Server

@Suite struct GroupingThreadTests {
    private struct Failed: Error {}

    @Test func `each caller gets its own outcome, and whoever waits is worked off together`() async throws {
        let groups = Mutex<[Int]>([])
        let thread = GroupingThread<Int, Int>(limit: 1000, groupLimit: 64) { items in
            groups.withLock { $0.append(items.count) }
            return items.map { $0 * 2 }
        }
        let outcomes = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<600 { group.addTask { (number, try await thread.run(number)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.count == 600)
        #expect(outcomes.allSatisfy { $0.value == $0.key * 2 })
        let sizes = groups.withLock { $0 }
        #expect(sizes.reduce(0, +) == 600)
        #expect(sizes.allSatisfy { (1...64).contains($0) })
    }

    @Test func `a failure reaches all of its group and nobody else`() async throws {
        let thread = GroupingThread<Int, Int>(limit: 10, groupLimit: 1) { items in
            if items == [13] { throw Failed() }
            return items
        }
        await #expect(throws: Failed.self) { try await thread.run(13) }
        #expect(try await thread.run(14) == 14)
    }

    @Test func `more than may wait are refused`() async throws {
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        let thread = GroupingThread<Int, Int>(limit: 2, groupLimit: 1) { items in
            enter.yield()
            gate.wait()
            return items
        }
        async let first = thread.run(1)
        for await _ in entered { break }
        // The first is at work; two may wait, and of the next three one is too many.
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 2...4 { group.addTask { (try? await thread.run(number)) == nil } }
            let isRefused = await group.next() ?? false
            for _ in 1...3 { gate.signal() }
            return await group.reduce(into: [isRefused]) { $0.append($1) }
        }
        #expect(refused.count { $0 } == 1)
        #expect(refused[0])
        #expect(try await first == 1)
    }
}

import Channels
import Glibc
import RuleEngine
import Runner
import Synchronization
import TestKit
import Testing

/// Campaigns whose owner loses the right to send.
@Suite struct LaunchRightsTests {
    private static let owner = Owner.key("aaaaaaaa")

    private static func options(by owner: Owner?) -> Launcher.Options {
        var options = LauncherTests.options
        options.owner = owner
        return options
    }

    @Test func `a right that is lost in the middle of a launch pauses it, and whoever resumes it takes it over`() throws
    {
        let store = MemoryStore(reachable: 2_000)
        store.setRights(SendingRights(scopes: [.sendEmail]), of: Self.owner)
        let sent = Atomic<Int>(0)
        let channel = FakeChannel { _, _ in
            if sent.add(1, ordering: .relaxed).newValue == 100 {
                store.setRights(SendingRights(scopes: [.sendSMS]), of: Self.owner)
                // Whoever sends here is held up until the watch has seen it.
                while (try? store.openReader().latestLaunch(of: "news")?.state) != .paused { sched_yield() }
            }
            return .accepted(providerID: "1")
        }
        let result = try LauncherTests.run(store, channel, options: Self.options(by: Self.owner))
        #expect(result.ending == .paused)
        #expect(result.note == "`key:aaaaaaaa`, who began it, may not send by email any more")
        #expect(channel.order.count < 2_000)
        // Its owner can't let it go on, and neither can a runner that only goes on with what others began.
        for owner in [Self.owner, nil] {
            #expect(throws: LaunchRefusal.self) {
                try LauncherTests.run(store, channel, options: Self.options(by: owner))
            }
        }
        #expect(channel.order.count < 2_000)
        #expect(try LauncherTests.run(store, channel).ending == .finished)
        #expect(channel.accepted.count == 2_000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
        #expect(try store.openReader().latestLaunch(of: "news")?.owner == .operator)
    }

    @Test func `a campaign is not begun by whoever may not send it when its time has come`() throws {
        let store = MemoryStore(reachable: 5)
        store.setRights(SendingRights(scopes: [.sendEmail]), of: Self.owner)
        let channel = FakeChannel()
        let ahead = LauncherTests.launcher(
            store, channel, program: TestProgram.make(), options: Self.options(by: Self.owner))
        _ = try ahead.writeDown()
        store.setRights(nil, of: Self.owner)
        let scheduler = CampaignScheduler(
            store: store, environment: .live, limits: AccountLimitsBook(),
            open: { _ throws(LaunchRefusal) in
                CampaignScheduler.Opened(program: TestProgram.make(), channels: [channel])
            })
        let turn = try #require(try scheduler.turn(stop: StopSignal()))
        #expect(turn.refusal?.reason == "may_not_send")
        let launch = try #require(try store.openReader().latestLaunch(of: "news"))
        #expect(launch.state == .paused)
        #expect(launch.note == "`key:aaaaaaaa`, who began it, has no rights any more")
        #expect(channel.order.isEmpty)
        #expect(try scheduler.turn(stop: StopSignal()) == nil)
    }
}

package import RuleEngine

/// Whether somebody has agreed to what is about to go out, where a policy asks for that.
package struct ApprovalDesk {
    /// What is agreed to: a program in one meaning.
    package struct Subject: Sendable {
        package var program: String
        package var version: String
        package var owner: String?
        package var rule: ApprovalRule?

        package init(_ program: CampaignProgram) {
            self.program = program.campaign.id
            version = program.version
            owner = program.campaign.owner
            rule = program.campaign.policy?.approval
        }

        package init(_ journey: CheckedJourney, in project: CheckedProject) {
            program = journey.id
            version = MeaningHash.hex(of: ProgramGraph.lower(journey, in: project).canonicalForm)
            owner = journey.owner
            rule = journey.policy?.approval
        }
    }

    private let store: any ApprovalStore
    private let environment: RunnerEnvironment

    package init(store: any ApprovalStore, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// The latest who agreed to it as it is now; nil where nobody has.
    package func approval(of subject: Subject) throws(StoreError) -> Approval? {
        guard let rule = subject.rule else { return nil }
        return try store.approvals(of: subject.program, version: subject.version).last { $0.permission == rule.by }
    }

    /// - Parameter name: whoever agrees. It can't be the one who answers for the program, nor the one who wrote it as it is now.
    package func approve(_ subject: Subject, as name: String) throws(LaunchRefusal) -> Approval {
        guard let rule = subject.rule else {
            throw LaunchRefusal(
                reason: "not_asked", message: "the policy of `\(subject.program)` asks for no approval",
                help: "add `approval: {needed_over: 5000 contacts, by: …}` to it")
        }
        guard name != subject.owner else {
            throw LaunchRefusal(
                reason: "own", message: "\(name) is the owner of `\(subject.program)`",
                help: "it takes a second pair of eyes: somebody else approves it")
        }
        let editor: String?
        do throws(StoreError) {
            editor = try store.editor(of: subject.program, version: subject.version)
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
        guard editor != Owner.user(name).actor else {
            throw LaunchRefusal(
                reason: "own", message: "\(name) is the one who changed `\(subject.program)` last",
                help: "it takes a second pair of eyes: somebody else approves it")
        }
        let approval = Approval(
            program: subject.program, version: subject.version, name: name, permission: rule.by,
            at: environment.now())
        do throws(StoreError) {
            _ = try store.approve(approval)
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
        return approval
    }

    /// Why a sequence or rule may not go live; nil where it may. How many people it will come to reach nobody can say
    /// beforehand, so that whatever number the policy names may be passed.
    package func refusal(of subject: Subject) throws(StoreError) -> LaunchRefusal? {
        guard let rule = subject.rule, try approval(of: subject) == nil else { return nil }
        return .notApproved(
            "`\(subject.program)` may reach more than \(rule.neededOver) contacts, and nobody with `\(rule.by)` has "
                + "agreed to it as it is now")
    }
}

extension LaunchRefusal {
    static func mayNotSend(_ message: String) -> LaunchRefusal {
        LaunchRefusal(
            reason: "may_not_send", message: message,
            help: "somebody who may send it lets it go on: `carillon resume` where the data folder lies, or the API")
    }

    static func notApproved(_ message: String) -> LaunchRefusal {
        LaunchRefusal(
            reason: "not_approved", message: message,
            help: "`carillon approve FILE --as NAME` agrees to it; a change of what it means voids that")
    }
}

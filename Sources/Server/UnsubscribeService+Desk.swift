package import Runner

extension UnsubscribeService {
    package init(_ desk: UnsubscribeDesk) {
        self.init(
            describe: { try desk.subject(of: $0).map(Subject.init) },
            unsubscribe: { try desk.unsubscribe($0).map(Subject.init) }
        )
    }
}

extension UnsubscribeService.Subject {
    fileprivate init(_ subject: UnsubscribeDesk.Subject) {
        self.init(
            brand: subject.sender,
            language: subject.language,
            isUnsubscribed: subject.isUnsubscribed,
            isTest: subject.isTest
        )
    }
}

package import RuleEngine

extension CheckedSend.Reach {
    /// In turn, as far as the file says.
    package func channels(in project: CheckedProject) -> [String] {
        switch self {
        case .channels(let ids): ids
        case .route(let id): project.routes[id]?.candidates ?? []
        case .reply(let channel): [channel]
        }
    }
}

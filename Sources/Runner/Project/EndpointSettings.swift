package import Channels
package import RuleEngine

/// Where the endpoints of `call` are, and what calls of them are signed with. Neither is part of a file: files name
/// endpoints, and the environment says what the names mean.
package struct EndpointSettings: Sendable {
    package struct Fault: Error, Sendable {
        /// Stays the same in reports.
        package let code: String
        package let message: String
        package let help: String
    }

    /// In which variable an endpoint that stands in a private network or on this machine has to be named.
    package static let privateVariable = "CARILLON_PRIVATE_ENDPOINTS"

    private let environment: [String: String]
    private let secrets: SecretResolver

    package init(environment: [String: String], secrets: SecretResolver? = nil) {
        self.environment = environment
        self.secrets = secrets ?? SecretResolver(environment: environment)
    }

    /// `https://crm.example/api`, from `CARILLON_ENDPOINT_CRM`.
    package func address(of endpoint: String) -> String? {
        environment[Self.variable(for: endpoint)].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Addresses that are not public are called only where somebody has named the endpoint as one of these.
    package func isPrivate(_ endpoint: String) -> Bool {
        (environment[Self.privateVariable] ?? "").split { $0 == "," || $0 == " " }.contains { $0 == endpoint }
    }

    package func secret(named name: String) -> Secret? {
        try? secrets.secret(named: name)
    }

    /// Why a call can't be made; nil where it can.
    package func fault(of call: EndpointCall) -> Fault? {
        let variable = Self.variable(for: call.endpoint)
        guard let address = address(of: call.endpoint) else {
            return Fault(
                code: "no_endpoint", message: "nothing says where the endpoint `\(call.endpoint)` is",
                help: "set \(variable) to its address, such as https://\(call.endpoint).example/api")
        }
        if let fault = GuardedEgress.fault(in: address, allowsPrivate: isPrivate(call.endpoint)) {
            let isNear = ["url_literal_refused", "url_private_refused", "url_plain_http", "url_port_refused"]
            return Fault(
                code: "endpoint_address", message: "the address of the endpoint `\(call.endpoint)` \(fault.sentence)",
                help: isNear.contains(fault.code)
                    ? "endpoints are public servers with https on port 443 or 8443; one in your own network has to be "
                        + "named in \(Self.privateVariable)"
                    : "mend \(variable)")
        }
        guard let name = call.secret else { return nil }
        do throws(SecretResolver.Failure) {
            guard WebhookSecret(try secrets.secret(named: name).exposed) == nil else { return nil }
            return Fault(
                code: "endpoint_secret",
                message: "the secret `\(name)` of the endpoint `\(call.endpoint)` can't sign anything",
                help:
                    "it is `whsec_` and the Base64 of 24 to 64 random bytes; two of them, with a space between, while "
                    + "one takes over from the other")
        } catch {
            return Fault(
                code: "endpoint_secret", message: "endpoint `\(call.endpoint)`: \(error.message)", help: error.help)
        }
    }

    /// One for each endpoint that calls of a program can't reach.
    package func faults(of journey: CheckedJourney, in project: CheckedProject) -> [Fault] {
        faults(in: ProgramGraph.lower(journey, in: project, isVersioned: false))
    }

    func faults(in graph: ProgramGraph) -> [Fault] {
        var seen: Set<String> = []
        var faults: [Fault] = []
        for case .call(let call, _, _) in graph.nodes where seen.insert(call.endpoint.endpoint).inserted {
            if let fault = fault(of: call.endpoint) { faults.append(fault) }
        }
        return faults
    }

    static func variable(for endpoint: String) -> String {
        SecretResolver.variable(for: endpoint, prefix: "CARILLON_ENDPOINT_")
    }
}

package import RuleEngine

/// What is kept of a message that somebody asked for, beside its row in the ledger.
package struct StoredMessage: Sendable {
    package var key: DeliveryKey
    package var request: MessageRequest
    package var purpose: Purpose
    package var costMicros: Int64
    package var currency: String
    package var at: Timestamp
}

/// Messages that somebody asks for. Used within a transaction of the journeys' store alone, whose connection it shares.
package protocol MessageLedger: AnyObject {
    /// Which of a person's runs of a program the next one is.
    func nextRun(of contact: ContactKey, in program: ProgramKey) throws(StoreError) -> UInt32
    func insert(_ message: StoredMessage) throws(StoreError)
    /// The answer to a request that somebody has claimed.
    func keep(_ answer: KeptAnswer, for request: RequestName) throws(StoreError)
    /// A row that is planned is not looked at before then; one without a time to wait for goes by its rank among those that
    /// are due: the lower, the sooner.
    func set(_ notBefore: Timestamp, of key: DeliveryKey) throws(StoreError)
    func contact(ofLead lead: String) throws(StoreError) -> ContactKey?
    func link(lead: String, to contact: ContactKey, now: Timestamp) throws(StoreError)
}

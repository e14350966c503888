import RuleEngine

/// Turns rows of the file into rows of a batch. It keeps its buffers; one thread owns it.
struct RowReader: ~Copyable {
    let header: ImportHeader
    private let values: [ValueReader]
    private let normalizer: AddressNormalizer
    private let hasher: AddressHasher
    private let levels: WordTable
    private let fingerprint: RowHash
    private let wantsRaw: Bool
    private let now: Timestamp
    private var faults: [RowFault] = []

    static let maximumIDBytes = 128
    static let maximumProofBytes = 2_048

    init(
        header: ImportHeader,
        currency: String,
        normalizer: AddressNormalizer,
        hasher: AddressHasher,
        fingerprint: RowHash,
        wantsRaw: Bool,
        now: Timestamp
    ) {
        self.header = header
        self.normalizer = normalizer
        self.hasher = hasher
        self.fingerprint = fingerprint
        self.wantsRaw = wantsRaw
        self.now = now
        values = header.layout.fields.map { ValueReader($0, currency: currency, normalizer: normalizer) }
        levels = WordTable(ConsentLevel.allCases.map(\.name))
    }

    /// Appends the reader's current row to the batch, or its refusal.
    mutating func append(_ reader: borrowing CSVReader, number: Int, to batch: inout ContactBatch) {
        faults.removeAll(keepingCapacity: true)
        batch.rowsRead += 1
        let whole = RowFault.Place(column: nil, number: 0, line: reader.line)
        if let fault = reader.fault {
            let index = reader.faultField
            let isKnown = index < header.names.count
            let line = index < reader.fields.count ? reader.fields[index].line : reader.line
            faults.append(
                .csv(
                    fault,
                    RowFault.Place(
                        column: isKnown ? header.names[index] : nil,
                        number: isKnown ? index + 1 : 0,
                        line: line
                    )
                )
            )
        } else if reader.fields.count != header.names.count {
            faults.append(.width(reader.fields.count, expected: header.names.count, whole))
        } else {
            let mark = Mark(batch)
            readRow(reader, number: number, into: &batch)
            if faults.isEmpty { return }
            mark.restore(&batch)
        }
        batch.refusals.append(
            Refusal(
                row: number,
                line: reader.line,
                id: idForPeople(reader),
                faults: faults,
                raw: wantsRaw ? reader.withRow { Array($0) } : []
            )
        )
    }

    private func idForPeople(_ reader: borrowing CSVReader) -> String? {
        guard let column = header.meanings.firstIndex(of: .id), column < reader.fields.count, reader.fault == nil else {
            return nil
        }
        let id = reader.text(column)
        return id.isEmpty ? nil : RowFault.shown(id)
    }

    private mutating func readRow(_ reader: borrowing CSVReader, number: Int, into batch: inout ContactBatch) {
        let layout = header.layout
        let cellBase = batch.cells.count
        let addressBase = batch.addresses.count
        let permissionBase = batch.permissions.count
        let consentBase = batch.consents.count
        let extraBase = batch.extras.count
        for _ in layout.fields { batch.cells.append(.missing) }
        for _ in layout.addressKinds { batch.addresses.append(nil) }
        for _ in layout.permissionChannels { batch.permissions.append(nil) }
        for _ in layout.consentChannels { batch.consents.append(nil) }
        for _ in layout.extras { batch.extras.append(nil) }
        var row = ContactBatch.Row(
            number: number,
            line: reader.line,
            id: .init(start: 0, count: 0),
            hash: .init(start: 0, count: 0)
        )
        for column in header.meanings.indices {
            reader.withField(column) { field in
                let bytes = UTF8Text.trimmed(field)
                let place = RowFault.Place(column: nil, number: column + 1, line: reader.fields[column].line)
                switch header.meanings[column] {
                case .ignored:
                    break
                case .id:
                    if !bytes.isEmpty { row.id = readID(bytes, place, &batch) }
                case .field(let index):
                    batch.cells[cellBase + index] = readValue(bytes, index, place, &batch)
                case .address(let index):
                    if !bytes.isEmpty {
                        batch.addresses[addressBase + index] = readAddress(
                            bytes,
                            layout.addressKinds[index],
                            place,
                            &batch
                        )
                    }
                case .permission(let index):
                    if !bytes.isEmpty { batch.permissions[permissionBase + index] = readFlag(bytes, place) }
                case .doNotContact:
                    if !bytes.isEmpty { row.doNotContact = readFlag(bytes, place) }
                case .consent(let index):
                    if !bytes.isEmpty { readLevel(bytes, place, &batch.consents[consentBase + index]) }
                case .consentAt(let index):
                    if !bytes.isEmpty { readConsentTime(bytes, place, &batch.consents[consentBase + index]) }
                case .consentSource(let index):
                    if let text = readProof(bytes, place, &batch) {
                        proof(&batch.consents[consentBase + index]) { $0.source = text }
                    }
                case .consentWording(let index):
                    if let text = readProof(bytes, place, &batch) {
                        proof(&batch.consents[consentBase + index]) { $0.wording = text }
                    }
                case .extra(let index):
                    batch.extras[extraBase + index] = readProof(
                        bytes,
                        place,
                        &batch,
                        limit: ValueReader.maximumTextBytes
                    )
                }
            }
        }
        checkProofs(reader, consentBase, &batch)
        guard faults.isEmpty else { return }
        if row.id.count == 0 {
            guard let id = idFromAddress(layout, addressBase, &batch) else {
                faults.append(.noID(RowFault.Place(column: nil, number: 0, line: reader.line)))
                return
            }
            row.id = id
        }
        let hashStart = batch.bytes.count
        reader.withRow { fingerprint.hash($0, into: &batch.bytes) }
        row.hash = .init(start: hashStart, count: batch.bytes.count - hashStart)
        if wantsRaw {
            let start = batch.bytes.count
            reader.withRow { batch.bytes.append(contentsOf: $0) }
            row.raw = .init(start: start, count: batch.bytes.count - start)
        }
        batch.rows.append(row)
    }

    /// A name is put into a place only where it is shown: most rows have no fault.
    private func named(_ place: RowFault.Place) -> RowFault.Place {
        RowFault.Place(column: header.names[place.number - 1], number: place.number, line: place.line)
    }

    private mutating func readID(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ place: RowFault.Place,
        _ batch: inout ContactBatch
    ) -> ContactBatch.Text {
        let start = batch.bytes.count
        if bytes.count > Self.maximumIDBytes {
            faults.append(.idTooLong(named(place)))
        } else if let control = CleanText.append(bytes, to: &batch.bytes) {
            faults.append(.control(control, named(place)))
        } else if batch.bytes.count - start != bytes.count || bytes.contains(where: { $0 < 0x20 }) {
            // Two ids that look the same must not be two people.
            faults.append(.idHasSpace(named(place)))
        }
        return .init(start: start, count: batch.bytes.count - start)
    }

    private mutating func readValue(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ index: Int,
        _ place: RowFault.Place,
        _ batch: inout ContactBatch
    ) -> ContactBatch.Cell {
        let field = header.layout.fields[index]
        if bytes.isEmpty {
            if case .list = field.type.type { return .text(.init(start: 0, count: 0)) }
            if !field.type.isOptional { faults.append(.required(field.name, named(place))) }
            return .missing
        }
        let start = batch.bytes.count
        switch values[index].read(bytes, into: &batch.bytes) {
        case .integer(let value): return .integer(value)
        case .text:
            let text = ContactBatch.Text(start: start, count: batch.bytes.count - start)
            // Nothing but characters that don't show.
            if text.count == 0, case .list = field.type.type { return .text(text) }
            return text.count == 0 ? .missing : .text(text)
        case .fault(let code, let isNot, let help):
            faults.append(.value(code, String(decoding: bytes, as: UTF8.self), isNot: isNot, help: help, named(place)))
        case .tooLong(let limit):
            faults.append(.textTooLong(limit, named(place)))
        case .address(let kind, let fault):
            faults.append(.address(kind, String(decoding: bytes, as: UTF8.self), fault, named(place)))
        case .control(let scalar):
            faults.append(.control(scalar, named(place)))
        }
        return .missing
    }

    private mutating func readAddress(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ kind: String,
        _ place: RowFault.Place,
        _ batch: inout ContactBatch
    ) -> ContactBatch.Address? {
        let start = batch.bytes.count
        if let fault = normalizer.normalize(kind: kind, bytes, into: &batch.bytes) {
            faults.append(.address(kind, String(decoding: bytes, as: UTF8.self), fault, named(place)))
            return nil
        }
        let count = batch.bytes.count - start
        let isAsTyped = count == bytes.count && batch.bytes[start...].elementsEqual(bytes)
        var typed: ContactBatch.Text?
        if !isAsTyped {
            let typedStart = batch.bytes.count
            if let control = CleanText.append(bytes, to: &batch.bytes) {
                faults.append(.control(control, named(place)))
            }
            typed = .init(start: typedStart, count: batch.bytes.count - typedStart)
        }
        let keyStart = batch.bytes.count
        var key: [UInt8] = []
        batch.bytes.withUnsafeBufferPointer {
            hasher.append(kind: kind, UnsafeBufferPointer(rebasing: $0[start..<start + count]), to: &key)
        }
        batch.bytes.append(contentsOf: key)
        return .init(
            address: .init(start: start, count: count),
            typed: typed,
            key: .init(start: keyStart, count: AddressHasher.byteCount)
        )
    }

    private mutating func readFlag(_ bytes: UnsafeBufferPointer<UInt8>, _ place: RowFault.Place) -> Bool? {
        if let value = Numbers.flag(bytes) { return value }
        faults.append(
            .value(
                "C033",
                String(decoding: bytes, as: UTF8.self),
                isNot: "yes or no",
                help: "write `yes` or `no`",
                named(place)
            )
        )
        return nil
    }

    private mutating func readLevel(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ place: RowFault.Place,
        _ consent: inout ContactBatch.Consent?
    ) {
        guard let index = levels.index(of: bytes), let level = ConsentLevel(rawValue: index) else {
            let nearest = NearestName.of(String(decoding: bytes, as: UTF8.self), among: levels.words)
            faults.append(
                .value(
                    "C050",
                    String(decoding: bytes, as: UTF8.self),
                    isNot: "a level of consent",
                    help: nearest.map { "write `\($0)`" }
                        ?? "write `none`, `soft_optin`, `express` or `express_written`",
                    named(place)
                )
            )
            return
        }
        proof(&consent) { $0.level = level }
    }

    private mutating func readConsentTime(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ place: RowFault.Place,
        _ consent: inout ContactBatch.Consent?
    ) {
        guard let time = Dates.dateOrInstant(bytes) else {
            faults.append(
                .value(
                    "C051",
                    String(decoding: bytes, as: UTF8.self),
                    isNot: "a date or a point in time",
                    help: "write it like `2026-03-31` or `2026-03-31T14:30:00Z`",
                    named(place)
                )
            )
            return
        }
        // Later than now, it would outlive a refusal that comes between.
        if time > now {
            faults.append(.futureConsent(String(decoding: bytes, as: UTF8.self), named(place)))
            return
        }
        proof(&consent) { $0.at = time }
    }

    private mutating func readProof(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ place: RowFault.Place,
        _ batch: inout ContactBatch,
        limit: Int = maximumProofBytes
    ) -> ContactBatch.Text? {
        if bytes.isEmpty { return nil }
        if bytes.count > limit {
            faults.append(.textTooLong(limit, named(place)))
            return nil
        }
        let start = batch.bytes.count
        if let control = CleanText.append(bytes, to: &batch.bytes) {
            faults.append(.control(control, named(place)))
            return nil
        }
        return batch.bytes.count == start ? nil : .init(start: start, count: batch.bytes.count - start)
    }

    private func proof(_ consent: inout ContactBatch.Consent?, _ body: (inout ContactBatch.Consent) -> Void) {
        var value = consent ?? ContactBatch.Consent(level: .none)
        body(&value)
        consent = value
    }

    /// Proof without a level says that something was agreed to, but not what.
    private mutating func checkProofs(_ reader: borrowing CSVReader, _ base: Int, _ batch: inout ContactBatch) {
        for (index, channel) in header.layout.consentChannels.enumerated() {
            guard batch.consents[base + index] != nil, faults.isEmpty,
                let column = header.meanings.firstIndex(of: .consent(index))
            else { continue }
            let isEmpty = reader.withField(column) { UTF8Text.trimmed($0).isEmpty }
            if isEmpty {
                let place = RowFault.Place(column: nil, number: column + 1, line: reader.fields[column].line)
                faults.append(.proofWithoutConsent(channel, named(place)))
            }
        }
    }

    /// The address in lower case, email first.
    private func idFromAddress(_ layout: ImportLayout, _ base: Int, _ batch: inout ContactBatch) -> ContactBatch.Text? {
        for kind in ["email", "phone"] {
            guard let index = layout.addressKinds.firstIndex(of: kind), let address = batch.addresses[base + index]
            else { continue }
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: NormalForm.composed(batch.string(address.address).lowercased()).utf8)
            return .init(start: start, count: batch.bytes.count - start)
        }
        return nil
    }

    /// How far a batch had come before a row that turned out to be refused.
    private struct Mark {
        let cells, addresses, permissions, consents, extras, bytes: Int

        init(_ batch: ContactBatch) {
            cells = batch.cells.count
            addresses = batch.addresses.count
            permissions = batch.permissions.count
            consents = batch.consents.count
            extras = batch.extras.count
            bytes = batch.bytes.count
        }

        func restore(_ batch: inout ContactBatch) {
            batch.cells.removeSubrange(cells...)
            batch.addresses.removeSubrange(addresses...)
            batch.permissions.removeSubrange(permissions...)
            batch.consents.removeSubrange(consents...)
            batch.extras.removeSubrange(extras...)
            batch.bytes.removeSubrange(bytes...)
        }
    }
}

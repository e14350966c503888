package import RuleEngine

/// How far an import is.
package struct ImportProgress: Sendable {
    package enum Phase: String, Sendable {
        /// Finding out what the columns hold, for a project without a schema.
        case inferring
        /// Looking at every row before the first is written (`--strict`).
        case checking
        case importing
    }

    package var phase: Phase
    package var rows: Int
    package var bytes: Int
    /// 0 where nobody knows, as with a pipe.
    package var totalBytes: Int
}

/// Brings the contacts of a CSV file into the store: every row that is sound goes in, every other is named with its
/// line, its column and the reason. Memory doesn't grow with the file.
///
/// The caller's thread writes; another one reads and checks.
package struct ContactImport: Sendable {
    private enum Source {
        case path(String)
        case bytes([UInt8])
    }

    private let source: Source
    private let schema: ContactSchema
    private let currency: String
    private let hasher: AddressHasher
    private let options: ImportOptions
    private let now: Timestamp

    /// `schema` is the project's; where it is inferred, columns that it doesn't have yet are typed from the file.
    package init(
        file path: String, schema: ContactSchema, currency: String, key: DataKey,
        options: ImportOptions = ImportOptions(), now: Timestamp
    ) {
        self.init(.path(path), schema, currency, key, options, now)
    }

    /// Of a file that came as bytes.
    package init(
        bytes: [UInt8], schema: ContactSchema, currency: String, key: DataKey,
        options: ImportOptions = ImportOptions(), now: Timestamp
    ) {
        self.init(.bytes(bytes), schema, currency, key, options, now)
    }

    private init(
        _ source: Source, _ schema: ContactSchema, _ currency: String, _ key: DataKey, _ options: ImportOptions,
        _ now: Timestamp
    ) {
        self.source = source
        self.schema = schema
        self.currency = currency
        self.options = options
        self.now = now
        hasher = AddressHasher(key)
    }

    /// `onRefusal` gets the refused rows in the order of the file.
    package func run(
        into writer: any ContactWriter,
        onRefusal: (Refusal) -> Void = { _ in },
        onProgress: (ImportProgress) -> Void = { _ in }
    ) throws(ImportError) -> ImportSummary {
        var region: CallingCodes.Region?
        if let name = options.region {
            region = CallingCodes.region(name)
            if region == nil {
                throw .file([
                    FileFault(
                        "C109",
                        "`\(RowFault.shown(name))` is not a country",
                        help: "write its two-letter code, like `--region DE`"
                    )
                ])
            }
        }
        let file: ImportFile
        switch source {
        case .bytes(let bytes): file = ImportFile(bytes)
        case .path(let path):
            file = try ImportFile(path)
            // A pipe can't be read twice, and a header must be known before its rows are.
            guard file.isSeekable else { throw .reading("\(path) is not a file: contacts are imported from files") }
        }
        let schema = try completeSchema(file, onProgress)
        let header = try readHeader(file, schema)
        let task = ReadingTask(
            header: header,
            currency: currency,
            normalizer: AddressNormalizer(region: region),
            hasher: hasher,
            options: options,
            now: now
        )
        if options.isStrict { try check(file, task, onRefusal, onProgress) }
        return try write(file, task, schema, writer, onRefusal, onProgress)
    }

    private func completeSchema(
        _ file: ImportFile,
        _ onProgress: (ImportProgress) -> Void
    ) throws(ImportError) -> ContactSchema {
        guard schema.isInferred else { return schema }
        let size = file.size
        do {
            var reader = CSVReader(limits: options.limits, source: file.read)
            let (names, _) = try ImportFile.start(&reader, options: options)
            var inference = FieldInference(header: names, schema: schema)
            guard inference.isNeeded else { return schema }
            var rows = 0
            while try reader.next() {
                inference.see(reader)
                rows += 1
                if rows % 20_000 == 0 {
                    onProgress(.init(phase: .inferring, rows: rows, bytes: reader.bytesRead, totalBytes: size))
                }
            }
            let known = schema.fields.filter { field in !ContactSchema.standardFields.contains { $0.name == field.name }
            }
            return ContactSchema(id: schema.id, declared: known + inference.fields, isInferred: true)
        } catch let error as ImportError {
            throw error
        } catch {
            throw .reading("\(error)")
        }
    }

    private func readHeader(_ file: ImportFile, _ schema: ContactSchema) throws(ImportError) -> ImportHeader {
        file.rewind()
        do {
            var reader = CSVReader(limits: options.limits, source: file.read)
            let (names, raw) = try ImportFile.start(&reader, options: options)
            return try ImportHeader.read(names: names, raw: raw, schema: schema, options: options)
        } catch let error as ImportError {
            throw error
        } catch {
            throw .reading("\(error)")
        }
    }

    /// Every row, before the first one is written.
    private func check(
        _ file: ImportFile,
        _ task: ReadingTask,
        _ onRefusal: (Refusal) -> Void,
        _ onProgress: (ImportProgress) -> Void
    ) throws(ImportError) {
        var summary = ImportSummary()
        // 8 bytes for each person: the one place where memory grows with the file, because nothing is written yet.
        var seen: Set<UInt64> = []
        let refused = try refusedRows(file, task)
        try task.read(file) { batch throws(ImportError) in
            var batch = batch
            for row in batch.rows where !seen.insert(batch.idHash(row)).inserted {
                batch.refusals.append(task.duplicate(row, in: batch))
            }
            batch.refusals.sort { $0.row < $1.row }
            for refusal in batch.refusals {
                summary.count(refusal)
                try refused?.append(refusal.raw)
                onRefusal(refusal)
            }
            summary.rows += batch.rowsRead
            summary.bytes = batch.bytesRead
            onProgress(.init(phase: .checking, rows: summary.rows, bytes: summary.bytes, totalBytes: file.size))
            return true
        }
        if summary.refused > 0 { throw .strict(summary) }
    }

    private func refusedRows(_ file: ImportFile, _ task: ReadingTask) throws(ImportError) -> RefusedRows? {
        guard let path = options.refusedFile else { return nil }
        return try RefusedRows(path: path, header: task.header.raw, source: file)
    }

    private func write(
        _ file: ImportFile,
        _ task: ReadingTask,
        _ schema: ContactSchema,
        _ writer: any ContactWriter,
        _ onRefusal: (Refusal) -> Void,
        _ onProgress: (ImportProgress) -> Void
    ) throws(ImportError) -> ImportSummary {
        var summary = ImportSummary()
        let refused = try refusedRows(file, task)
        do throws(StoreError) {
            try writer.begin(task.header.layout, schema: schema, expectedBytes: file.size, now: now)
        } catch {
            throw .store(error, summary)
        }
        do throws(ImportError) {
            try readAhead(file, task) { batch throws(ImportError) in
                let outcome: BatchOutcome
                do throws(StoreError) {
                    outcome = try writer.write(batch, now: now)
                } catch {
                    throw .store(error, summary)
                }
                summary.add(outcome)
                summary.rows += batch.rowsRead
                summary.bytes = batch.bytesRead
                var refusals = batch.refusals
                if !outcome.duplicates.isEmpty {
                    refusals += outcome.duplicates.map { task.duplicate(batch.rows[$0], in: batch) }
                    refusals.sort { $0.row < $1.row }
                }
                for refusal in refusals {
                    summary.count(refusal)
                    try refused?.append(refusal.raw)
                    onRefusal(refusal)
                }
                onProgress(.init(phase: .importing, rows: summary.rows, bytes: summary.bytes, totalBytes: file.size))
            }
        } catch {
            try? writer.finish()
            throw error
        }
        do throws(StoreError) {
            try writer.finish()
        } catch {
            throw .store(error, summary)
        }
        return summary
    }

    /// Reads and checks on another thread, one batch ahead of the writer.
    private func readAhead(
        _ file: ImportFile,
        _ task: ReadingTask,
        _ body: (ContactBatch) throws(ImportError) -> Void
    ) throws(ImportError) {
        let handoff = Handoff<Result<ContactBatch, ImportError>>(capacity: 1)
        let source = SentFile(file: file)
        let thread = JoinableThread {
            do throws(ImportError) {
                try task.read(source.file) { batch throws(ImportError) in handoff.put(.success(batch)) }
            } catch {
                _ = handoff.put(.failure(error))
            }
            handoff.close()
        }
        guard let thread else { throw .reading("the system gives no thread") }
        defer {
            handoff.close()
            thread.join()
        }
        while let result = handoff.take() {
            try body(result.get())
        }
    }

    /// Unchecked: the file goes to the reading thread and is not touched here until that has ended.
    private struct SentFile: @unchecked Sendable {
        let file: ImportFile
    }
}

/// Reading and checking: everything that it needs, and nothing that changes.
private struct ReadingTask: Sendable {
    let header: ImportHeader
    let currency: String
    let normalizer: AddressNormalizer
    let hasher: AddressHasher
    let options: ImportOptions
    let now: Timestamp

    /// Gives every batch to `body` until that says no.
    func read(_ file: ImportFile, _ body: (ContactBatch) throws(ImportError) -> Bool) throws(ImportError) {
        file.rewind()
        do {
            var reader = CSVReader(limits: options.limits, source: file.read)
            _ = try ImportFile.start(&reader, options: options)
            var rows = RowReader(
                header: header,
                currency: currency,
                normalizer: normalizer,
                hasher: hasher,
                fingerprint: fingerprint,
                wantsRaw: options.refusedFile != nil,
                now: now
            )
            var batch = ContactBatch(layout: header.layout)
            var number = 0
            while try reader.next() {
                number += 1
                rows.append(reader, number: number, to: &batch)
                if batch.rowsRead >= options.rowsPerBatch || batch.bytes.count > 8 << 20 {
                    batch.bytesRead = reader.bytesRead
                    guard try body(batch) else { return }
                    batch = ContactBatch(layout: header.layout)
                }
            }
            batch.bytesRead = reader.bytesRead
            _ = try body(batch)
        } catch let error as ImportError {
            throw error
        } catch {
            throw .reading("\(error)")
        }
    }

    func duplicate(_ row: ContactBatch.Row, in batch: ContactBatch) -> Refusal {
        let id = batch.string(row.id)
        let column = header.meanings.firstIndex(of: .id)
        let place = RowFault.Place(
            column: column.map { header.names[$0] },
            number: column.map { $0 + 1 } ?? 0,
            line: row.line
        )
        let raw = row.raw.map { Array(batch.bytes[Int($0.start)..<Int($0.start + $0.count)]) } ?? []
        return Refusal(
            row: row.number,
            line: row.line,
            id: RowFault.shown(id),
            faults: [.duplicate(id, place)],
            raw: raw
        )
    }

    private var fingerprint: RowHash {
        var context = header.names + [currency, options.region ?? "", options.extra.rawValue]
        for field in header.layout.fields { context.append("\(field.name):\(field.type)") }
        return RowHash(context: context)
    }
}

extension ContactBatch {
    /// FNV-1a, twice folded: among a million ids two differ alike once in thirty million files.
    fileprivate func idHash(_ row: Row) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes[Int(row.id.start)..<Int(row.id.start + row.id.count)] {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let folded = (hash ^ hash >> 32).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return folded.high ^ folded.low
    }
}

extension ImportSummary {
    fileprivate mutating func add(_ outcome: BatchOutcome) {
        created += outcome.created
        updated += outcome.updated
        unchanged += outcome.unchanged
        suppressed += outcome.suppressed
        keptRefusals += outcome.keptRefusals
    }

    fileprivate mutating func count(_ refusal: Refusal) {
        refused += 1
        for code in Set(refusal.faults.map(\.code)) { faults[code, default: 0] += 1 }
    }
}

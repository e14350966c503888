import RuleEngine

extension ReferenceReplay {
    mutating func sleep(_ due: Timestamp, _ stand: String, at key: String) {
        give(.sleep(until: due), at: key)
        self.stand = stand
        kept = []
    }

    mutating func raise(_ instant: Timestamp) { if instant > floor { floor = instant } }

    mutating func wait(_ wait: CheckedStep.Wait, at key: String) throws(ReferenceStop) {
        let since = now
        guard var due = end(of: wait, since: since) else { return }
        sleep(due, "time", at: key)
        while true {
            fresh = nil
            try nextInput()
            let end = end(of: wait, since: since) ?? since
            if end <= time { return raise(end) }
            if end != due {
                due = end
                give(.sleep(until: due), at: key)
            }
        }
    }

    mutating func awaitEvent(_ wait: CheckedStep.WaitFor, at key: String) throws(ReferenceStop) {
        for event in kept.sorted(by: { $0.at < $1.at }) where fits(event, wait) {
            use(event)
            return try run(wait.bound.then)
        }
        let due = after(now, wait.bound.upTo)
        sleep(due, "event", at: key)
        while true {
            if let event = fresh {
                fresh = nil
                if fits(event, wait) {
                    use(event)
                    return try run(wait.bound.then)
                }
            }
            try nextInput()
            if due <= time {
                raise(due)
                return try run(wait.bound.otherwise)
            }
        }
    }

    func fits(_ event: RunEvent, _ wait: CheckedStep.WaitFor) -> Bool {
        event.name == wait.event && !isUsed(event) && event.at >= floor && all(wait.conditions, event: event.fields)
    }

    mutating func use(_ event: RunEvent) {
        if let id = event.id { used.insert(id) }
        raise(event.at)
    }

    mutating func awaitCondition(_ conditions: [TypedExpression], _ bound: CheckedStep.Bound, at key: String)
        throws(ReferenceStop)
    {
        let end = after(now, bound.upTo)
        if all(conditions) {
            raise(now)
            return try run(bound.then)
        }
        // No generated condition of a wait reads the clock, so nothing is looked at in between.
        sleep(end, "condition", at: key)
        while true {
            fresh = nil
            try nextInput()
            if all(conditions) {
                raise(now)
                return try run(bound.then)
            }
            if end <= time {
                raise(end)
                return try run(bound.otherwise)
            }
        }
    }

    mutating func turn(_ loop: CheckedStep.Loop, at key: String) throws(ReferenceStop) {
        func holds() -> Bool { !loop.until.isEmpty && all(loop.until) }
        for round in 0..<loop.atMost {
            if holds() { return }
            if round > 0 {
                let due = after(now, loop.every)
                sleep(due, "pause", at: key)
                repeat {
                    fresh = nil
                    try nextInput()
                } while due > time
                raise(due)
                if holds() { return }
            }
            try run(loop.steps)
        }
    }
}

/// The evaluator of programs: state, input and facts in; state, commands and a trace out. It has no clock, no chance
/// and no memory of its own, so production, tests, simulation and replays all get the same from it.
///
/// One step passes each node at most twice: only a loop leads back, and between two of its rounds it pauses.
package struct JourneyMachine: Sendable {
    package let program: JourneyProgram
    package var tracing: Tracing

    package init(_ program: JourneyProgram, tracing: Tracing = .values) {
        self.program = program
        self.tracing = tracing
    }

    /// Begins a run, and walks to its first wait.
    package func begin(_ entry: RunEntry, facts: RunFacts) -> RunStep {
        let state = RunState(entry, at: facts.now, lookBack: program.lookBack)
        var walk = RunWalk(program, state, facts, tracing)
        walk.begin()
        return walk.step
    }

    /// Moves a run that has begun. An input that the run doesn't wait for, or that was there before, is only a look at
    /// the exits and the time.
    package func step(_ state: RunState, _ input: RunInput, facts: RunFacts) -> RunStep {
        var walk = RunWalk(program, state, facts, tracing)
        walk.handle(input)
        return walk.step
    }

    /// Ends a run from outside: a new run takes its place, or somebody stops it.
    package func stop(_ state: RunState, as ending: RunState.Ending, facts: RunFacts) -> RunStep {
        var walk = RunWalk(program, state, facts, tracing)
        walk.stop(as: ending)
        return walk.step
    }
}

/// What comes of one input.
package struct RunStep: Sendable {
    package let state: RunState
    /// In the order in which they are to be carried out.
    package let commands: [RunCommand]
    package let trace: [TraceStep]
}

extension RunState {
    /// A run that stands in front of its first step.
    init(_ entry: RunEntry, at now: Timestamp, lookBack: Int64) {
        occurrence = entry.occurrence
        startedAt = now
        // What began the run is no answer to what it waits for.
        entryEvent = entry.event
        self.entry = entry.fields
        conversationID = entry.conversationID
        node = 0
        waiting = .facts
        since = now
        floor = now.advanced(by: -lookBack)
    }
}

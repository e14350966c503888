/// When, how far and how often: written only where a program or policy says it, so that the others keep their versions.
extension CanonicalWriter {
    mutating func writePlan(of campaign: CheckedCampaign, in project: CheckedProject) {
        if let experiment = campaign.experiment {
            tag("experiment")
            text(experiment.metric.rawValue)
            integer(experiment.confidence)
            integer(Int64(experiment.otherwise))
        }
        if let schedule = campaign.schedule {
            tag("planned")
            write(schedule.schedule)
            optional(schedule.ifAlreadyPast) { $0.text($1.rawValue) }
            integer(schedule.tooLateAfter)
        }
        if !campaign.rollout.isEmpty {
            tag("rollout")
            list(campaign.rollout) { writer, stage in
                writer.integer(stage.share)
                writer.optional(stage.watch) { $0.integer($1) }
            }
        }
        if !campaign.stopIf.isEmpty {
            tag("stop")
            // Any of them stops it, so their order means nothing.
            all(campaign.stopIf)
        }
        if let goal = campaign.goal {
            tag("goal")
            text(goal.event)
            all(goal.conditions)
            optional(goal.within) { $0.integer($1) }
        }
        warning(campaign.warnAt)
        unknownZone(project.settings)
    }

    mutating func warning(_ share: Int64?) {
        guard let share else { return }
        tag("warn")
        integer(share)
    }

    mutating func unknownZone(_ settings: ProjectSettings) {
        guard let zone = settings.unknownZone else { return }
        tag("unknown-zone")
        text(zone.rawValue)
    }

    mutating func writeContactRules(of policy: CheckedPolicy) {
        if let after = policy.afterQuietHours {
            tag("quiet")
            set(policy.quietHours) { writer, quiet in
                writer.write(quiet.hours.from)
                writer.write(quiet.hours.to)
                writer.optional(quiet.days) { $0.integer(Int64($1.rawValue)) }
                writer.text(quiet.clock.text)
            }
            optional(after.spread) { $0.integer($1) }
            integer(after.checksAgain ? 1 : 0)
            integer(after.dropAfter)
        }
        if !policy.caps.isEmpty {
            tag("caps")
            set(policy.caps) { writer, cap in
                writer.integer(Int64(cap.count))
                writer.integer(cap.period)
                writer.optional(cap.kinds) { $0.set($1) { $0.text($1) } }
            }
            text((policy.whenCapped ?? .wait).rawValue)
            optional(policy.planAhead) { $0.integer($1) }
            integer(policy.picksByPriority ? 1 : 0)
        }
        if let approval = policy.approval {
            tag("approval")
            integer(Int64(approval.neededOver))
            text(approval.by)
        }
    }
}

extension CheckedCampaign {
    /// What of a contact's past its texts look at.
    package var messageHistory: HistoryNeeds {
        var needs = HistoryNeeds()
        let templates = [template] + (experiment?.arms.map(\.template) ?? [])
        for message in templates.flatMap(\.messages.values).flatMap(\.values) {
            for field in message.fields.values { needs.formUnion(field.history) }
        }
        return needs
    }
}

extension CheckedAudience {
    /// What of a contact's past its conditions look at.
    package var history: HistoryNeeds {
        HistoryNeeds(of: (include + exclude).flatMap(\.conditions) + conditions)
    }
}

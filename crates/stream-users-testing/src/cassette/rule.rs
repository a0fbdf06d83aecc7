//! [`Rule`]: what may be kept of a value. Which field has which rule stands in `tables`; how a value is redacted, in
//! `redact`.

/// What may be kept of a value. An array is each of its entries.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Nothing but its type and shape.
    Redact,
    /// A string that names a user, a task, a message, a channel or a team.
    Id,
    /// A string that is one of the service's words: a role, a status, a duration.
    Word,
    /// A language's code of two or three letters.
    Language,
    /// A time, as nanoseconds or RFC 3339.
    Time,
    /// A number or a boolean.
    Plain,
    /// A string that names a field.
    Name,
    /// The address of a file: a secret, of which is kept which one it is.
    Address,
    /// An object of the service's, with fields that are known.
    Fields(&'static Table),
    /// An object whose keys are ids.
    Map(&'static Self),
    /// An object whose keys are names.
    Each(&'static Self),
    /// Users by id, or a list of them.
    Users,
    /// Custom data: kept where the caller says so.
    Custom,
    /// The fields that a partial update sets: a user's, or places in custom data.
    Set,
    /// The conditions of a query.
    Filter,
    /// A condition on one field: a value, or operators and their operands.
    Condition(Operand),
    /// What a task ended with.
    TaskResult,
}

/// What may be kept of what a field is compared with.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    Redact,
    Id,
    Word,
    Language,
    Time,
    Plain,
}

impl Operand {
    /// Of a field of which so much may be kept.
    pub(super) const fn of(rule: Rule) -> Self {
        match rule {
            Rule::Id => Self::Id,
            Rule::Word => Self::Word,
            Rule::Language => Self::Language,
            Rule::Time => Self::Time,
            Rule::Plain => Self::Plain,
            _ => Self::Redact,
        }
    }

    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::Redact => Rule::Redact,
            Self::Id => Rule::Id,
            Self::Word => Rule::Word,
            Self::Language => Rule::Language,
            Self::Time => Rule::Time,
            Self::Plain => Rule::Plain,
        }
    }
}

/// The fields of an object. Those that are not in it are redacted.
pub(super) struct Table(pub(super) &'static [(&'static str, Rule)]);

impl Table {
    pub(super) fn rule(&self, field: &str) -> Rule {
        self.known(field).unwrap_or(Rule::Redact)
    }

    pub(super) fn known(&self, field: &str) -> Option<Rule> {
        let mut fields = self.0.iter();
        fields.find_map(|(name, rule)| (*name == field).then_some(*rule))
    }
}

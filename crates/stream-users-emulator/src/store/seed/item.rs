//! One object of a seed: its fields by name and type, what is wrong with it, and what it names.

use rusqlite::Transaction;
use serde_json::{Map, Value};

use crate::clock::Nanos;
use crate::error::{Error, Result};
use crate::read::{Fields, Problems, can_be_kept};
use crate::store::deletion::GENERATED_OWNER;

/// How many problems of a seed are told.
const MOST_PROBLEMS: usize = 20;

/// A seed that is being planted.
pub(super) struct Planting<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) now: Nanos,
    problems: Vec<String>,
    /// What was named and was not there by then; it may have come later.
    missing: Vec<Missing>,
}

/// Something that is named in a seed.
struct Missing {
    named: Named,
    id: String,
    /// The line and the field that name it.
    by: (Option<usize>, String),
}

/// What can be named in a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    User,
    Channel,
    Message,
}

impl Named {
    /// What asks whether it is there. A user who was deleted was there.
    const fn question(self) -> &'static str {
        match self {
            Self::User => {
                "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1) OR EXISTS (SELECT 1 FROM deleted_ids WHERE id = ?1)"
            }
            Self::Channel => "SELECT EXISTS (SELECT 1 FROM channels WHERE cid = ?1)",
            Self::Message => "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1)",
        }
    }

    pub(super) fn is_there(self, tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
        if self == Self::User && id.starts_with(GENERATED_OWNER) {
            return Ok(true);
        }
        tx.prepare_cached(self.question())?
            .query_row([id], |row| row.get(0))
    }

    fn complaint(self, id: &str) -> String {
        match self {
            Self::User => format!("names the user {id}, who does not exist"),
            Self::Channel => format!("names the channel {id}, which does not exist"),
            Self::Message => format!("names the message {id}, which does not exist"),
        }
    }
}

impl<'a> Planting<'a> {
    pub(super) const fn new(tx: &'a Transaction<'a>, now: Nanos) -> Self {
        Self {
            tx,
            now,
            problems: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Notes what is wrong, in a line if the seed has lines.
    pub(super) fn say(&mut self, line: Option<usize>, sentence: impl Into<String>) {
        let sentence = sentence.into();
        self.problems.push(match line {
            Some(number) => format!("line {number}: {sentence}"),
            None => sentence,
        });
    }

    /// Whether so much is wrong that reading on would not help anybody.
    pub(super) fn is_hopeless(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    /// Refuses the seed if anything is wrong with it, or if something is named that has not come.
    pub(super) fn finish(mut self) -> Result<()> {
        for Missing { named, id, by } in std::mem::take(&mut self.missing) {
            if !self.is_hopeless() && !named.is_there(self.tx, &id)? {
                self.say(by.0, format!("{} {}", by.1, named.complaint(&id)));
            }
        }
        if self.problems.is_empty() {
            return Ok(());
        }
        let more = self.problems.len().saturating_sub(MOST_PROBLEMS);
        self.problems.truncate(MOST_PROBLEMS);
        if more > 0 {
            self.problems.push(format!("and {more} more"));
        }
        Err(Error::Seed(self.problems.join(", ")))
    }
}

/// Where an object stands in a seed.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) line: Option<usize>,
    /// What the paths of its fields begin with.
    pub(super) at: String,
    /// In a list of a document rather than in a line of its own. There, custom data stands in `custom` alone, and
    /// everything that is named has to be there.
    pub(super) in_document: bool,
}

/// One object of a seed.
pub(super) struct Item<'a, 'p> {
    pub(super) planting: &'p mut Planting<'a>,
    pub(super) place: Place,
    fields: Fields<'p>,
    problems: Problems,
    /// Custom data stands beside the other fields, as far as nobody has asked for them.
    beside: bool,
}

impl<'a, 'p> Item<'a, 'p> {
    pub(super) fn new(planting: &'p mut Planting<'a>, map: &'p Map<String, Value>, place: Place) -> Self {
        Self {
            planting,
            fields: Fields::new(place.at.clone(), map),
            beside: false,
            place,
            problems: Problems::default(),
        }
    }

    pub(super) fn tx(&self) -> &'a Transaction<'a> {
        self.planting.tx
    }

    pub(super) fn now(&self) -> Nanos {
        self.planting.now
    }

    /// An object within this one, read in its place.
    pub(super) fn within<T>(
        &mut self,
        name: &str,
        map: &Map<String, Value>,
        read: impl FnOnce(&mut Item<'a, '_>) -> Result<T>,
    ) -> Result<T> {
        let place = Place {
            at: self.fields.path(name),
            ..self.place.clone()
        };
        let mut item = Item::new(self.planting, map, place);
        let value = read(&mut item)?;
        item.finish();
        Ok(value)
    }

    /// Complains about what nobody has asked for, and hands over everything that is wrong.
    pub(super) fn finish(mut self) {
        if !self.beside {
            self.fields.finish(true, &mut self.problems);
        }
        for (_, sentence) in self.problems.into_list() {
            self.planting.say(self.place.line, sentence);
        }
    }

    /// Says that a field breaks a rule.
    pub(super) fn say(&mut self, name: &str, rule: &str) {
        let path = self.fields.path(name);
        self.problems.say(&path, rule);
    }

    /// Reads a field with one of the readers of requests.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, &'p Value, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let value = self.fields.value(name)?;
        read(&self.fields.path(name), value, &mut self.problems)
    }

    pub(super) fn has(&mut self, name: &'static str) -> bool {
        self.fields.value(name).is_some()
    }

    pub(super) fn required(&mut self, name: &'static str) -> String {
        self.fields.required(name, &mut self.problems).to_owned()
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.fields.string(name, &mut self.problems).map(str::to_owned)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.fields.boolean(name, &mut self.problems)
    }

    pub(super) fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.fields.integer(name, &mut self.problems)
    }

    pub(super) fn number(&mut self, name: &'static str) -> Option<f64> {
        self.fields.number(name, &mut self.problems)
    }

    pub(super) fn time(&mut self, name: &'static str) -> Option<Nanos> {
        self.fields.time(name, &mut self.problems)
    }

    pub(super) fn object(&mut self, name: &'static str) -> Option<&'p Map<String, Value>> {
        self.fields.object(name, &mut self.problems)
    }

    pub(super) fn array(&mut self, name: &'static str) -> Option<&'p Vec<Value>> {
        self.fields.array(name, &mut self.problems)
    }

    pub(super) fn strings(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.fields.strings(name, &mut self.problems)
    }

    /// Reads over fields that answers have and that are not kept.
    pub(super) fn ignore(&mut self, names: &[&'static str]) {
        for name in names {
            self.fields.value(name);
        }
    }

    /// `created_at`, or now.
    pub(super) fn created_at(&mut self) -> Nanos {
        self.time("created_at").unwrap_or(self.planting.now)
    }

    /// Custom data: what stands in `custom`, or beside the other fields if there is no `custom` and the object is no
    /// entry of a document. It has to be read last.
    pub(super) fn custom(&mut self) -> Map<String, Value> {
        let beside = !self.place.in_document && self.fields.value("custom").is_none();
        let custom = if beside {
            self.beside = true;
            self.fields.unread()
        } else {
            self.object("custom").cloned().unwrap_or_default()
        };
        if !custom.iter().all(|(key, value)| can_be_kept(key, value)) {
            self.say(
                "custom",
                "must be nested 100 levels deep or less, without a NUL character in a key",
            );
        }
        custom
    }

    /// The id of something that has to be there when all of the seed has been read.
    pub(super) fn named(&mut self, field: &str, named: Named, id: &str) -> Result<()> {
        if !id.is_empty() && !named.is_there(self.planting.tx, id)? {
            self.planting.missing.push(Missing {
                named,
                id: id.to_owned(),
                by: (self.place.line, self.fields.path(field)),
            });
        }
        Ok(())
    }

    /// The id of a user in `by_id`, or in the object or the string `by_object`; empty, and a problem, if it is in
    /// neither.
    pub(super) fn user(&mut self, by_id: &'static str, by_object: &'static str) -> Result<String> {
        let id = self.optional_user(by_id, by_object)?.unwrap_or_default();
        if id.is_empty() {
            self.say(by_id, "is a required field");
        }
        Ok(id)
    }

    /// As [`user`](Self::user), of an object that may name none.
    pub(super) fn optional_user(
        &mut self,
        by_id: &'static str,
        by_object: &'static str,
    ) -> Result<Option<String>> {
        let within = self.read(by_object, |path, value, problems| {
            let id = value.as_str().or_else(|| value.get("id")?.as_str());
            if id.is_none() {
                problems.say(path, "must be the id of a user or an object with an id");
            }
            id
        });
        let id = self.text(by_id).or_else(|| within.map(str::to_owned));
        if let Some(id) = &id {
            self.named(by_id, Named::User, id)?;
        }
        Ok(id)
    }
}

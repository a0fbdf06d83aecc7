//! What columns mean: the field of a user that each fills, and how its cells become JSON. Formats with columns share it:
//! CSV and Parquet.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Number, Value};

use super::fields::{BUILT_IN, SET_BY_SERVICE};
use super::rows::Rejection;

/// What a cell is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text as it stands.
    String,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`, `1` or `0`, `yes` or `no`.
    Bool,
    /// Any JSON.
    Json,
    /// Texts with a separator between them, or a JSON list.
    List,
    /// `true`, `false` or a number where the cell is written exactly as JSON writes it; otherwise a text.
    Inferred,
}

const KINDS: [(&str, Kind); 6] = [
    ("string", Kind::String),
    ("int", Kind::Int),
    ("float", Kind::Float),
    ("bool", Kind::Bool),
    ("json", Kind::Json),
    ("list", Kind::List),
];

/// What the option `--column NAME=FIELD[:TYPE]` says about a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnRule {
    name: String,
    /// `None`: the column is passed over.
    field: Option<String>,
    kind: Option<Kind>,
}

impl FromStr for ColumnRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, target) = text
            .rsplit_once('=')
            .ok_or("needs NAME=FIELD or NAME=FIELD:TYPE, such as Plan=custom.plan:string")?;
        let (field, kind) = match target.rsplit_once(':') {
            None => (target, None),
            Some((field, kind)) => match KINDS.iter().find(|(word, _)| *word == kind) {
                Some((_, kind)) => (field, Some(*kind)),
                None => {
                    return Err(format!(
                        "{kind:?} is no type; take one of string, int, float, bool, json, list"
                    ));
                }
            },
        };
        if name.is_empty() || field.is_empty() {
            return Err(
                "needs a name before `=` and a field behind it; `NAME=-` passes the column over".to_owned(),
            );
        }
        Ok(Self {
            name: name.to_owned(),
            field: Some(field.to_owned()).filter(|field| field != "-"),
            kind,
        })
    }
}

impl fmt::Display for ColumnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.field.as_deref().unwrap_or("-"))?;
        match KINDS.iter().find(|(_, kind)| Some(*kind) == self.kind) {
            Some((word, _)) => write!(f, ":{word}"),
            None => Ok(()),
        }
    }
}

/// How many objects may stand in each other, as the dots in a field say. Nobody means more, and what goes through them
/// goes as deep on its stack.
const DEEPEST: usize = 32;

/// The columns of an input, in its order.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    separator: char,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Where the value goes, from the top of the user on; empty where the column is passed over.
    path: Vec<String>,
    kind: Kind,
    seen: Seen,
}

/// Which kinds of values a column of inferred ones held.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    text: bool,
    other: bool,
}

impl Columns {
    /// The columns of a header, as the rules say.
    ///
    /// # Errors
    /// Where a name is empty or stands twice, where two columns fill one field, where a rule names no column, and where
    /// no column has the id.
    pub(crate) fn new(names: &[String], rules: &[ColumnRule], separator: char) -> Result<Self, String> {
        if let Some(rule) = rules.iter().find(|rule| !names.contains(&rule.name)) {
            return Err(format!(
                "has no column {:?}, which --column {rule} names; it has {}",
                rule.name,
                list(names)
            ));
        }
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(format!(
                    "has no name in its first line for column {}; name each column there",
                    index + 1
                ));
            }
            let rule = rules.iter().rfind(|rule| rule.name == *name);
            let column = Column::new(name, rule)?;
            if let Some(other) = columns.iter().find(|other| other.is_in_the_way(&column)) {
                return Err(format!(
                    "has two columns for one field: {:?} and {name:?}; rename one, or pass it over with --column \
                     {name}=-",
                    other.name
                ));
            }
            columns.push(column);
        }
        if !columns.iter().any(|column| column.path == ["id"]) {
            return Err(format!(
                "has no column `id`; its columns are {}: say which has the ids with --column NAME=id, or what stands \
                 between cells with --delimiter",
                list(names)
            ));
        }
        Ok(Self { columns, separator })
    }

    pub(crate) const fn len(&self) -> usize {
        self.columns.len()
    }

    /// The place of the ids.
    pub(crate) fn id(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.path == ["id"])
    }

    /// The user that the cells of a row make, as JSON. An empty cell is absent.
    pub(crate) fn user<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<String, Rejection> {
        let mut user = Map::new();
        let mut wrong = None;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            if column.path.is_empty() || cell.is_empty() {
                continue;
            }
            match column.value(cell, self.separator) {
                Ok(value) => put(&mut user, &column.path, value),
                Err(reason) => wrong = wrong.or(Some(reason)),
            }
        }
        finish(&user, wrong)
    }

    /// The user that the values of a row make, as JSON. A `null` is absent.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "Parquet alone has values")
    )]
    pub(crate) fn user_of_values(&self, values: impl Iterator<Item = Value>) -> Result<String, Rejection> {
        let mut user = Map::new();
        let mut wrong = None;
        for (column, value) in self.columns.iter().zip(values) {
            if column.path.is_empty() || value.is_null() {
                continue;
            }
            match column.convert(value, self.separator) {
                Ok(value) => put(&mut user, &column.path, value),
                Err(reason) => wrong = wrong.or(Some(reason)),
            }
        }
        finish(&user, wrong)
    }

    /// The columns in which some cells became texts and others something else: perhaps zip codes or telephone numbers,
    /// which should all be texts.
    pub(crate) fn mixed(&self) -> impl Iterator<Item = (&str, String)> {
        self.columns
            .iter()
            .filter(|column| column.seen.text && column.seen.other)
            .map(|column| (column.name.as_str(), column.path.join(".")))
    }
}

fn finish(user: &Map<String, Value>, wrong: Option<String>) -> Result<String, Rejection> {
    match wrong {
        Some(reason) => Err(Rejection::of(user.get("id").and_then(Value::as_str), reason)),
        None => serde_json::to_string(user).map_err(|error| Rejection::new(error.to_string())),
    }
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(", ...");
    }
    text
}

/// Sets the value at a path, in objects that are made on the way.
fn put(user: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((last, outer)) = path.split_last() else {
        return;
    };
    let mut map = user;
    for part in outer {
        let inner = map
            .entry(part.as_str())
            .or_insert_with(|| Value::Object(Map::new()));
        // No column is inside another's field, so that it is an object.
        let Value::Object(inner) = inner else { return };
        map = inner;
    }
    map.insert(last.clone(), value);
}

impl Column {
    fn new(name: &str, rule: Option<&ColumnRule>) -> Result<Self, String> {
        let field = match rule {
            Some(rule) => rule.field.as_deref(),
            None => Some(name).filter(|name| !SET_BY_SERVICE.contains(name)),
        };
        let mut path: Vec<String> =
            field.map_or_else(Vec::new, |field| field.split('.').map(str::to_owned).collect());
        if path.len() > DEEPEST {
            return Err(format!(
                "has a column whose field is {} objects deep, and at most {DEEPEST} are made: {:?}...",
                path.len(),
                name.chars().take(40).collect::<String>()
            ));
        }
        let root = path.first().map(String::as_str).unwrap_or_default();
        if path.iter().any(String::is_empty) {
            return Err(format!(
                "has the column {name:?}, whose field has an empty part around a dot; say where it goes with --column \
                 {name}=FIELD"
            ));
        }
        if SET_BY_SERVICE.contains(&root) {
            return Err(format!(
                "has the column {name:?} for {root}, which the service sets itself; pass it over with --column {name}=-"
            ));
        }
        let whole = path.len() == 1;
        let kind = match (root, whole) {
            ("id" | "name" | "image" | "role" | "language", true) | ("teams_role", false) => Kind::String,
            ("invisible", true) | ("privacy_settings", false) => Kind::Bool,
            ("teams", true) => Kind::List,
            ("teams_role" | "privacy_settings" | "custom", true) => Kind::Json,
            _ => Kind::Inferred,
        };
        if !path.is_empty() && !BUILT_IN.contains(&root) {
            path.insert(0, "custom".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            path,
            kind: rule.and_then(|rule| rule.kind).unwrap_or(kind),
            seen: Seen::default(),
        })
    }

    /// Whether both fill the same field, or one is inside the other's.
    fn is_in_the_way(&self, other: &Self) -> bool {
        let (one, other) = (&self.path, &other.path);
        let both = one.len().min(other.len());
        both > 0 && one[..both] == other[..both]
    }

    /// What a cell becomes.
    fn value(&mut self, cell: &str, separator: char) -> Result<Value, String> {
        if self.kind != Kind::Inferred {
            return self.read(cell, separator);
        }
        let value = infer(cell);
        match value {
            Value::String(_) => self.seen.text = true,
            _ => self.seen.other = true,
        }
        Ok(value)
    }

    /// What a cell becomes whose type is known.
    fn read(&self, cell: &str, separator: char) -> Result<Value, String> {
        let word = cell.trim();
        let read = match self.kind {
            Kind::String | Kind::Inferred => Some(Value::from(cell)),
            Kind::Int => int(word).map(Value::Number),
            Kind::Float => float(word).map(Value::Number),
            Kind::Bool => bool(word).map(Value::Bool),
            Kind::Json => serde_json::from_str(word).ok(),
            Kind::List => return self.read_list(cell, separator),
        };
        read.ok_or_else(|| {
            let wanted = match self.kind {
                Kind::Int => "a whole number",
                Kind::Float => "a number",
                Kind::Bool => "true or false",
                _ => "JSON",
            };
            format!(
                "{} must be {wanted}, and the cell of the column {:?} is not; mend it, or give the column another type \
                 with --column",
                self.path.join("."),
                self.name
            )
        })
    }

    fn read_list(&self, cell: &str, separator: char) -> Result<Value, String> {
        let field = self.path.join(".");
        if cell.trim_start().starts_with('[') {
            return serde_json::from_str::<Vec<Value>>(cell)
                .map(Value::from)
                .map_err(|_| {
                    format!(
                        "{field} begins with `[` and is no valid JSON list; mend it in the column {:?}",
                        self.name
                    )
                });
        }
        if !cell.contains(separator)
            && let Some(other) = [';', ',', '|'].into_iter().find(|other| cell.contains(*other))
        {
            return Err(format!(
                "{field} has `{other}`, and lists are cut at `{separator}`; say --list-separator '{other}', or write a \
                 JSON list where it belongs to a name"
            ));
        }
        let parts = cell
            .split(separator)
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Ok(parts.map(Value::from).collect())
    }

    /// A value that has a type already, in the type that the column was given.
    fn convert(&self, value: Value, separator: char) -> Result<Value, String> {
        match (self.kind, value) {
            (Kind::String, Value::Number(number)) => Ok(Value::from(number.to_string())),
            (Kind::String | Kind::Inferred, value @ Value::String(_)) => Ok(value),
            (_, Value::String(text)) => self.read(&text, separator),
            // What does not fit is said where the user is read.
            (_, value) => Ok(value),
        }
    }
}

/// The whole numbers that a double holds exactly.
const EXACT: i64 = 1 << 53;

/// What a cell without a type becomes: `true`, `false` or a number only where JSON would write it just so, and a double
/// holds it exactly. So `007`, `1e5`, `+49`, `1.50`, and digits that would lose some stay texts.
fn infer(cell: &str) -> Value {
    match cell {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    let is_plain = cell.len() <= 24 && cell.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'));
    if is_plain {
        if let Ok(int) = cell.parse::<i64>()
            && (-EXACT..=EXACT).contains(&int)
            && int.to_string() == cell
        {
            return Value::from(int);
        }
        if cell.contains('.')
            && let Ok(float) = cell.parse::<f64>()
            && float.to_string() == cell
            && let Some(number) = Number::from_f64(float)
        {
            return Value::Number(number);
        }
    }
    Value::from(cell)
}

fn int(word: &str) -> Option<Number> {
    word.parse::<i64>()
        .map(Number::from)
        .or_else(|_| word.parse::<u64>().map(Number::from))
        .ok()
}

fn float(word: &str) -> Option<Number> {
    // What Rust reads besides (`inf`, `nan`) is no number in JSON.
    int(word).or_else(|| word.parse::<f64>().ok().and_then(Number::from_f64))
}

fn bool(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

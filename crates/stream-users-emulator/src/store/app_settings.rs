//! The app's settings that were changed: a name and a JSON value each. What they mean is not decided here.

use rusqlite::types::ToSql;
use rusqlite::{Row, Transaction, params};
use serde_json::{Map, Value};

use super::users::json_column;

fn read(row: &Row<'_>) -> rusqlite::Result<(String, Value)> {
    Ok((row.get(0)?, json_column(row, 1)?))
}

/// Every setting that was changed.
pub(crate) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Map<String, Value>> {
    tx.prepare_cached("SELECT name, value FROM app_settings")?
        .query_map([], read)?
        .collect()
}

/// Those of the named settings that were changed.
pub(crate) fn some<const N: usize>(
    tx: &Transaction<'_>,
    names: &[&str; N],
) -> rusqlite::Result<Map<String, Value>> {
    let places = vec!["?"; N].join(", ");
    let values = names.each_ref().map(|name| name as &dyn ToSql);
    tx.prepare_cached(&format!(
        "SELECT name, value FROM app_settings WHERE name IN ({places})"
    ))?
    .query_map(&values[..], read)?
    .collect()
}

/// Changes a setting.
pub(crate) fn save(tx: &Transaction<'_>, name: &str, value: &Value) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO app_settings (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value.to_string()])?;
    Ok(())
}

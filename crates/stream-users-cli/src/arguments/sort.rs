//! An order of users: `field`, `field:desc`, `field:desc:number`.

use stream_users_model::Sort;

/// Reads one; for clap.
pub(crate) fn sort(text: &str) -> Result<Sort, String> {
    let mut parts = text.split(':');
    let field = parts.next().unwrap_or_default();
    let field = field.strip_prefix("custom.").unwrap_or(field);
    if field.is_empty() {
        return Err("name the field, as in created_at:desc".to_owned());
    }
    let order = match parts.next() {
        None | Some("asc") => Sort::asc(field),
        Some("desc") => Sort::desc(field),
        Some(other) => {
            return Err(format!(
                "{other:?} is no direction; write {field}:asc or {field}:desc"
            ));
        }
    };
    match (parts.next(), parts.next()) {
        (None, _) => Ok(order),
        (Some("number"), None) => Ok(order.as_number()),
        (Some("boolean"), None) => Ok(order.as_boolean()),
        _ => Err(format!(
            "values of custom data are compared as number or boolean: write {field}:desc:number"
        )),
    }
}

#[cfg(test)]
mod tests {
    use stream_users_model::Sort;

    use super::sort;

    #[test]
    fn orders_are_read() {
        assert_eq!(sort("created_at"), Ok(Sort::asc("created_at")));
        assert_eq!(sort("name:desc"), Ok(Sort::desc("name")));
        assert_eq!(
            sort("custom.score:asc:number"),
            Ok(Sort::asc("score").as_number())
        );
        for wrong in ["", ":desc", "name:down", "score:asc:text", "score:asc:number:x"] {
            assert!(sort(wrong).is_err(), "{wrong}");
        }
    }
}

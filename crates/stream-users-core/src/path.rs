//! Paths and queries of URLs: ids become one segment each, whatever their characters.
//!
//! Percent-encoding belongs here; which ids an operation takes is the model's matter.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 3986's unreserved characters: `A-Z a-z 0-9 - . _ ~` stay as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// As many bytes as a query has that holds nothing but the API key.
const USUAL_QUERY: usize = 32;

/// Why a path template could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PathError {
    /// A value is empty: the path would name another endpoint.
    #[error("`{name}` is empty: it is a segment of the path {template}")]
    Empty {
        /// The parameter's name.
        name: String,
        /// The template.
        template: String,
    },
    /// A value is `.` or `..`: URL libraries fold these away, and the path would name another endpoint.
    #[error("`{name}` is \"{value}\", which cannot be a segment of the path {template}")]
    Dots {
        /// The parameter's name.
        name: String,
        /// The value: `.` or `..`.
        value: String,
        /// The template.
        template: String,
    },
    /// The template has a parameter that no value was given for.
    #[error("no value was given for `{name}` of the path {template}")]
    Unbound {
        /// The parameter's name.
        name: String,
        /// The template.
        template: String,
    },
    /// A value was given that the template has no parameter for.
    #[error("the path {template} has no parameter `{name}`")]
    Unknown {
        /// The parameter's name.
        name: String,
        /// The template.
        template: String,
    },
    /// The braces of the template do not match.
    #[error("the braces of the path {template} do not match")]
    Template {
        /// The template.
        template: String,
    },
}

impl PathError {
    /// The parameter that it is about.
    pub(crate) fn parameter(&self) -> Option<&str> {
        match self {
            Self::Empty { name, .. }
            | Self::Dots { name, .. }
            | Self::Unbound { name, .. }
            | Self::Unknown { name, .. } => Some(name),
            Self::Template { .. } => None,
        }
    }
}

/// Fills in a template such as `/api/v2/users/{user_id}/deactivate`.
///
/// Each value becomes one segment: everything but RFC 3986's unreserved characters is percent-encoded, as the
/// bytes of its UTF-8.
///
/// The id `ada/b c@é` makes `/api/v2/users/ada%2Fb%20c%40%C3%A9/deactivate` of it.
///
/// # Errors
///
/// A [`PathError`] where a value is empty, `.` or `..`, where a parameter has no value or a value no parameter,
/// and where the template's braces do not match.
pub(crate) fn expand(template: &str, params: &[(&str, String)]) -> Result<String, PathError> {
    let malformed = || PathError::Template {
        template: template.to_owned(),
    };
    let values: usize = params.iter().map(|(_, value)| value.len()).sum();
    let mut path = String::with_capacity(template.len() + values);
    let mut used = vec![false; params.len()];
    let mut rest = template;
    while let Some((literal, parameter)) = rest.split_once('{') {
        let (name, after) = parameter.split_once('}').ok_or_else(malformed)?;
        if name.is_empty() || name.contains('{') || literal.contains('}') {
            return Err(malformed());
        }
        let index = params
            .iter()
            .position(|(known, _)| *known == name)
            .ok_or_else(|| PathError::Unbound {
                name: name.to_owned(),
                template: template.to_owned(),
            })?;
        used[index] = true;
        path.push_str(literal);
        path.extend(utf8_percent_encode(
            segment(template, name, &params[index].1)?,
            RESERVED,
        ));
        rest = after;
    }
    if rest.contains('}') {
        return Err(malformed());
    }
    path.push_str(rest);
    match used.iter().position(|used| !used) {
        Some(index) => Err(PathError::Unknown {
            name: params[index].0.to_owned(),
            template: template.to_owned(),
        }),
        None => Ok(path),
    }
}

/// The value, if it can stand as a segment.
fn segment<'v>(template: &str, name: &str, value: &'v str) -> Result<&'v str, PathError> {
    match value {
        "" => Err(PathError::Empty {
            name: name.to_owned(),
            template: template.to_owned(),
        }),
        "." | ".." => Err(PathError::Dots {
            name: name.to_owned(),
            value: value.to_owned(),
            template: template.to_owned(),
        }),
        value => Ok(value),
    }
}

/// The URL of `path` below `base`, with `name=value` pairs as its query.
///
/// Names and values are percent-encoded down to RFC 3986's unreserved characters; a space becomes `%20`, which
/// every reader of queries understands.
pub(crate) fn url<'p>(base: &str, path: &str, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut text = String::with_capacity(base.len() + path.len() + USUAL_QUERY);
    text.push_str(base);
    text.push_str(path);
    let mut separator = '?';
    for (name, value) in pairs {
        text.push(separator);
        separator = '&';
        text.extend(utf8_percent_encode(name, RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, RESERVED));
    }
    text
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    const TEMPLATE: &str = "/users/{user_id}/event/{type}";

    fn expanded(template: &str, params: &[(&str, &str)]) -> Result<String, PathError> {
        let params = params.iter().map(|(name, value)| (*name, (*value).to_owned()));
        expand(template, &params.collect::<Vec<_>>())
    }

    fn error(template: &str, params: &[(&str, &str)]) -> String {
        expanded(template, params).unwrap_err().to_string()
    }

    #[test]
    fn fills_in_every_parameter_whatever_the_order() {
        assert_eq!(
            expanded(TEMPLATE, &[("type", "x"), ("user_id", "a")]).unwrap(),
            "/users/a/event/x"
        );
        assert_eq!(expanded("/users", &[]).unwrap(), "/users");
        assert_eq!(
            expanded("/users/{id}/x", &[("id", "ada/b c@é")]).unwrap(),
            "/users/ada%2Fb%20c%40%C3%A9/x"
        );
        assert_eq!(expanded("/{a}/{a}", &[("a", "...")]).unwrap(), "/.../...");
    }

    #[test]
    fn refuses_segments_that_name_another_endpoint() {
        assert_eq!(
            error("/users/{id}", &[("id", "")]),
            "`id` is empty: it is a segment of the path /users/{id}"
        );
        for value in [".", ".."] {
            let text = format!("`id` is \"{value}\", which cannot be a segment of the path /users/{{id}}");
            assert_eq!(error("/users/{id}", &[("id", value)]), text);
        }
    }

    #[test]
    fn refuses_a_mismatch_of_names() {
        assert_eq!(
            error("/users/{id}", &[]),
            "no value was given for `id` of the path /users/{id}"
        );
        assert_eq!(
            error("/users", &[("id", "a")]),
            "the path /users has no parameter `id`"
        );
        for template in [
            "/users/{id",
            "/users/id}",
            "/a}/{id}",
            "/{id}/a}",
            "/users/{}",
            "/{{id}}",
        ] {
            assert!(
                matches!(
                    expanded(template, &[("id", "a")]),
                    Err(PathError::Template { .. })
                ),
                "{template}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_value_stays_one_segment_and_comes_back(value in "\\PC{1,40}|[%/?#.{} +]{1,6}") {
            prop_assume!(value != "." && value != "..");
            let path = expanded("/users/{id}/x", &[("id", &value)]).unwrap();
            let segments: Vec<&str> = path.split('/').collect();
            prop_assert_eq!(segments.len(), 4);
            prop_assert!(segments[2].bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            prop_assert_eq!(percent_decode_str(segments[2]).decode_utf8().unwrap(), value.as_str());
            prop_assert!(path.parse::<http::Uri>().is_ok());
        }

        #[test]
        fn any_query_comes_back(pairs in proptest::collection::vec(("\\PC{0,9}", "\\PC{0,20}"), 0..5)) {
            let url = url("https://host", "/users", pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let text = url.strip_prefix("https://host/users").unwrap();
            prop_assert_eq!(text.starts_with('?'), !pairs.is_empty());
            let decode = |part: &str| percent_decode_str(part).decode_utf8().unwrap().into_owned();
            let read: Vec<(String, String)> = text
                .trim_start_matches('?')
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, value)| (decode(name), decode(value)))
                .collect();
            prop_assert_eq!(read, pairs);
        }
    }
}

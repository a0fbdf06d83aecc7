//! Text that a terminal may be given: how wide it is there, and without what would steer the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with every control character made visible, so that nobody's name can move the cursor or change colours.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push('␤'),
            '\t' => shown.push(' '),
            '\u{7f}' => shown.push('␡'),
            control if steers(control) => match char::from_u32(0x2400 + u32::from(control)) {
                Some(picture) if control < ' ' => shown.push(picture),
                _ => shown.push('\u{fffd}'),
            },
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// JSON, with every character escaped that would steer a terminal: it says the same. Line ends between values stay.
pub(super) fn escaped(json: &str) -> Cow<'_, str> {
    let escapes = |character| steers(character) && character != '\n';
    if !json.chars().any(escapes) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        if escapes(character) {
            // Writing to a text cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does more than stand there: controls, and what turns the direction of writing.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// How many cells of a terminal it takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Adds `text` cut or filled up to so many cells; what is cut ends with `…`.
pub(super) fn fit(line: &mut String, text: &str, cells: usize, right: bool) {
    let wide = width(text);
    if wide <= cells {
        let blank = cells - wide;
        if right {
            line.extend(std::iter::repeat_n(' ', blank));
        }
        line.push_str(text);
        if !right {
            line.extend(std::iter::repeat_n(' ', blank));
        }
        return;
    }
    let mut taken = 0;
    for character in text.chars() {
        let next = character.width().unwrap_or(0);
        if taken + next + 1 > cells {
            break;
        }
        line.push(character);
        taken += next;
    }
    if cells > 0 {
        line.push('…');
        line.extend(std::iter::repeat_n(' ', cells - taken - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, fit, visible, width};

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(visible("Zoë 李"), "Zoë 李");
        assert_eq!(visible("a\u{1b}[31mb"), "a␛[31mb");
        assert_eq!(visible("a\r\nb\tc\u{7f}"), "a␍␤b c␡");
        assert_eq!(visible("a\u{9b}b\u{202e}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn json_says_the_same_when_it_is_escaped() {
        let json = serde_json::to_string("a\u{7f}\u{9b}2J\u{202e}é").unwrap();
        let shown = escaped(&json);
        assert_eq!(shown, "\"a\\u007f\\u009b2J\\u202eé\"");
        assert_eq!(
            serde_json::from_str::<String>(&shown).unwrap(),
            serde_json::from_str::<String>(&json).unwrap()
        );
    }

    #[test]
    fn cells_are_counted_as_a_terminal_does() {
        let fitted = |text, cells, right| {
            let mut line = String::new();
            fit(&mut line, text, cells, right);
            line
        };
        assert_eq!(fitted("ab", 4, false), "ab  ");
        assert_eq!(fitted("ab", 4, true), "  ab");
        assert_eq!(fitted("abcdef", 4, false), "abc…");
        assert_eq!(fitted("李小龍", 4, false), "李… ");
        assert_eq!(width(&fitted("e\u{301}e\u{301}e\u{301}", 2, false)), 2);
        assert_eq!(fitted("abc", 0, false), "");
    }
}

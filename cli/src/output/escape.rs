//! Texts from servers and files, made safe to show to people.

use std::borrow::Cow;

/// A text whose control characters are visible escapes, such as `\n` and `\u{1b}`: on a terminal they could move the cursor,
/// change colours and titles, or reorder what is shown. All output for people passes through here; colours are added afterwards.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Control characters (C0 with ESC, DEL, C1), line separators, and marks that change the direction of the text after them.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unsafe_character_is_escaped_and_every_other_one_is_kept() {
        for (text, expected) in [
            ("PageRank 查询 — ok", "PageRank 查询 — ok"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("\u{202e}gpj\u{2066}", "\\u{202e}gpj\\u{2066}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        let all: String = (char::MIN..=char::MAX).collect();
        assert!(!escaped(&all).contains(is_unsafe));
    }
}

//! What a page that is not of the API says: its title, or its first words.

use std::borrow::Cow;

/// How much of a body is looked at. Secrets are removed from all of it before it is shortened.
const READ_BYTES: usize = 64 * 1024;

/// How much of a page is shown.
pub(crate) const PAGE_CHARS: usize = 200;

/// How much of a message of the API is shown.
pub(crate) const MESSAGE_CHARS: usize = 2000;

/// The beginning of a body.
pub(crate) fn beginning(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&body[..body.len().min(READ_BYTES)])
}

/// Whether a text is a page for people.
pub(crate) fn is_html(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// The title of a page, on one line.
pub(crate) fn title(text: &str) -> Option<String> {
    if !is_html(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let opening = lower.find("<title")?;
    let start = opening + lower[opening..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// The first characters of a text.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

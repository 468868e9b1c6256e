//! Removes secrets from text before it is shown.
//!
//! Servers and gateways repeat parts of a request in their responses, escaped as JSON, as HTML or in a URL, or cut off somewhere.
//! So text is searched as it is and with its escapes decoded, for every run of characters of a secret that is long enough to
//! tell something, and for anything that looks like a session cookie or a bearer token.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use crate::contract::operations::SESSION_COOKIE;

/// Removes the secrets of one exchange from text.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Every run of [`RUN`] bytes of the longer secrets.
    runs: HashSet<[u8; RUN]>,
    /// The secrets that are shorter than a run.
    short: Vec<Vec<u8>>,
}

/// Runs of a secret that are shorter than this are not recognizable as a part of it.
const RUN: usize = 8;

/// A secret of one or two bytes occurs in every text, and removing it would hide nothing.
const SHORTEST: usize = 3;

/// How often text may be escaped: JSON inside of HTML inside of a URL.
const DEPTH: usize = 3;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            for form in forms(secret.expose_secret().as_bytes()) {
                redactor.add(form);
            }
        }
        redactor
    }

    fn add(&mut self, form: Vec<u8>) {
        match form.len() {
            0..SHORTEST => {}
            SHORTEST..RUN => self.short.push(form),
            _ => self.runs.extend(form.windows(RUN).filter_map(|run| <[u8; RUN]>::try_from(run).ok())),
        }
    }

    /// The text without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut secret = vec![false; text.len()];
        let mut view = View::of(text.as_bytes());
        for _ in 0..=DEPTH {
            self.mark(&view, &mut secret);
            let decoded = view.decoded();
            if decoded.bytes.len() == view.bytes.len() {
                break;
            }
            view = decoded;
        }
        let mut shown = String::with_capacity(text.len());
        let mut in_secret = false;
        for (at, char) in text.char_indices() {
            let is_secret = secret[at..at + char.len_utf8()].contains(&true);
            match (is_secret, in_secret) {
                (true, false) => shown.push_str(REDACTED),
                (true, true) => {}
                (false, _) => shown.push(char),
            }
            in_secret = is_secret;
        }
        shown
    }

    fn mark(&self, view: &View, secret: &mut [bool]) {
        let mut mark = |from: usize, to: usize| {
            for source in &view.sources[from..to] {
                secret[source.0..source.1].fill(true);
            }
        };
        for (at, run) in view.bytes.windows(RUN).enumerate() {
            if <&[u8; RUN]>::try_from(run).is_ok_and(|run| self.runs.contains(run)) {
                mark(at, at + RUN);
            }
        }
        for short in &self.short {
            for (at, run) in view.bytes.windows(short.len()).enumerate() {
                if run == short {
                    mark(at, at + short.len());
                }
            }
        }
        for (from, to) in credentials_by_pattern(&view.bytes) {
            mark(from, to);
        }
    }
}

/// The forms in which a secret occurs after the escapes around it are decoded.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    // Decoding text also decodes what only looks like an escape in the secret.
    let mut view = View::of(secret);
    for _ in 0..DEPTH {
        view = view.decoded();
        forms.push(view.bytes.clone());
    }
    if secret.contains(&b' ') {
        // In a form (application/x-www-form-urlencoded).
        forms.push(secret.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }).collect());
    }
    // Inside of longer text in base64, where it begins at any of three places in a group.
    for lead in 0..3 {
        let padded = [&[0; 2][..lead], secret].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            // The first and the last characters also depend on what is around the secret.
            let inner = encoded.as_bytes().get([0, 2, 3][lead]..encoded.len().saturating_sub(1)).unwrap_or_default();
            forms.push(inner.to_vec());
        }
    }
    forms
}

/// Bytes of a text, each with the range of the original text that it comes from.
struct View {
    bytes: Vec<u8>,
    sources: Vec<(usize, usize)>,
}

impl View {
    fn of(text: &[u8]) -> Self {
        Self { bytes: text.to_vec(), sources: (0..text.len()).map(|at| (at, at + 1)).collect() }
    }

    /// The view with one level of escapes decoded, whichever they are.
    fn decoded(&self) -> Self {
        let mut decoded = Self { bytes: Vec::with_capacity(self.bytes.len()), sources: Vec::new() };
        let mut at = 0;
        while at < self.bytes.len() {
            let (bytes, length) = escape(&self.bytes[at..]).unwrap_or_else(|| (vec![self.bytes[at]], 1));
            let source = (self.sources[at].0, self.sources[at + length - 1].1);
            decoded.sources.extend(std::iter::repeat_n(source, bytes.len()));
            decoded.bytes.extend(bytes);
            at += length;
        }
        decoded
    }
}

/// What the escape at the beginning of a text stands for, and its length.
fn escape(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text {
        [b'%', rest @ ..] => Some((vec![u8::try_from(number(rest.get(..2)?, 16)?).ok()?], 3)),
        [b'\\', b'u', rest @ ..] => {
            let first = number(rest.get(..4)?, 16)?;
            // A character outside the basic plane is a pair.
            if let (0xd800..0xdc00, Some([b'\\', b'u', second @ ..])) = (first, rest.get(4..10))
                && let Some(second @ 0xdc00..0xe000) = number(second, 16)
            {
                return utf8(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12);
            }
            utf8(first, 6)
        }
        [b'\\', b'x', rest @ ..] => utf8(number(rest.get(..2)?, 16)?, 4),
        [b'\\', short, ..] => {
            let byte = match short {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                b'"' | b'\\' | b'/' | b'\'' => *short,
                _ => return None,
            };
            Some((vec![byte], 2))
        }
        [b'&', rest @ ..] => {
            let end = rest.iter().take(10).position(|&byte| byte == b';')?;
            let char = match &rest[..end] {
                b"amp" => u32::from(b'&'),
                b"lt" => u32::from(b'<'),
                b"gt" => u32::from(b'>'),
                b"quot" => u32::from(b'"'),
                b"apos" => u32::from(b'\''),
                [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
                [b'#', digits @ ..] => number(digits, 10)?,
                _ => return None,
            };
            utf8(char, end + 2)
        }
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix).ok()
}

fn utf8(char: u32, length: usize) -> Option<(Vec<u8>, usize)> {
    Some((char::from_u32(char)?.to_string().into_bytes(), length))
}

/// The places of values that look like a session cookie, a bearer token or a JSON Web Token.
fn credentials_by_pattern(text: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let value_from = |from: usize, is_value: fn(u8) -> bool| {
        let length = text[from..].iter().position(|&byte| !is_value(byte)).unwrap_or(text.len() - from);
        (from, from + length)
    };
    let skip = |from: usize, is_skipped: fn(u8) -> bool| value_from(from, is_skipped).1;
    let mut word = |word: &str, is_separator: fn(u8) -> bool, shortest: usize| {
        let word = word.as_bytes();
        for (at, window) in text.windows(word.len()).enumerate() {
            if !window.eq_ignore_ascii_case(word) {
                continue;
            }
            let after = at + word.len();
            let (from, to) = value_from(skip(after, is_separator), is_token);
            if from > after && to - from >= shortest {
                found.push((from, to));
            }
        }
    };
    word(SESSION_COOKIE, |byte| matches!(byte, b'=' | b':' | b'"' | b'\'' | b' ' | b'>'), 1);
    // Words that are long enough follow in prose too: `Bearer authentication`. Hiding them costs little.
    word("bearer", |byte| matches!(byte, b' ' | b'+' | b'\t'), RUN);
    word("basic", |byte| matches!(byte, b' ' | b'+' | b'\t'), RUN);
    for (at, window) in text.windows(3).enumerate() {
        if window == b"eyJ" {
            let (from, to) = value_from(at, is_token);
            if to - from >= RUN {
                found.push((from, to));
            }
        }
    }
    found
}

/// The characters of base64 in both alphabets, and of tokens (RFC 6750, section 2.1).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=')
}

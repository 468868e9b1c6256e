//! The parse errors of the real server, which is written in Go.

/// Decodes base64 (standard alphabet, padded). The error is the position that Go's decoder reports.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    while at < text.len() {
        let mut group = [0; 4];
        let mut filled = 0;
        while filled < 4 {
            match text.get(at) {
                // The text ends within a group: Go reports the start of the group.
                None => return Err(at - filled),
                Some(b'=') => {
                    if filled < 2 {
                        return Err(at);
                    }
                    if filled == 2 {
                        at += 1;
                        match text.get(at) {
                            None => return Err(at),
                            Some(b'=') => {}
                            Some(_) => return Err(at - 1),
                        }
                    }
                    at += 1;
                    if at < text.len() {
                        return Err(at);
                    }
                    break;
                }
                Some(&byte) => {
                    group[filled] = sextet(byte).ok_or(at)?;
                    filled += 1;
                    at += 1;
                }
            }
        }
        let [a, b, c, d] = group;
        decoded.extend(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d][..filled - 1]);
    }
    Ok(decoded)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// How Go reads the JSON: the two readers report the end of the text differently.
#[derive(Clone, Copy)]
pub(crate) enum JsonSource {
    /// `json.Unmarshal`, which receives the whole text.
    Text,
    /// `json.Decoder`, which reads the body.
    Stream,
}

/// Go's message for a text that serde_json rejected.
///
/// Both parsers stop at the same byte; only their messages differ.
pub(crate) fn json_error(text: &[u8], error: &serde_json::Error, source: JsonSource) -> String {
    if error.is_eof() {
        return match source {
            JsonSource::Text => "unexpected end of JSON input".into(),
            JsonSource::Stream => "unexpected EOF".into(),
        };
    }
    let message = error.to_string();
    let context = match message.split(" at line").next() {
        Some("expected ident") => "in literal",
        Some("trailing characters") => "after top-level value",
        Some("expected `,` or `]`") => "after array element",
        Some("expected `,` or `}`") => "after object key:value pair",
        Some("expected `:`") => "after object key",
        Some("key must be a string") => "looking for beginning of object key string",
        Some("invalid number") => "in numeric literal",
        Some("invalid escape") => "in string escape code",
        Some(problem) if problem.starts_with("control character") => "in string literal",
        _ => "looking for beginning of value",
    };
    match byte_at(text, error.line(), error.column()) {
        Some(byte) => format!("invalid character {} {context}", quoted(byte)),
        None => format!("invalid character {context}"),
    }
}

/// The byte at a line and column, which serde_json counts from 1.
fn byte_at(text: &[u8], line: usize, column: usize) -> Option<u8> {
    text.split(|&byte| byte == b'\n').nth(line.checked_sub(1)?)?.get(column.saturating_sub(1)).copied()
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        // Go prints each byte as the character with that number.
        _ => format!("'{}'", char::from(byte).escape_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonSource, decode_base64, json_error};

    #[test]
    fn base64_errors_have_the_position_that_go_reports() {
        // The results of `base64.StdEncoding.DecodeString`.
        let cases = [
            ("", Ok("")),
            ("WyJyb290IiwiMTIzIl0=", Ok(r#"["root","123"]"#)),
            ("cm9vdDoxMjM=", Ok("root:123")),
            ("YQ==", Ok("a")),
            ("YWI=", Ok("ab")),
            ("!!!", Err(0)),
            ("[\"root\"]", Err(0)),
            ("YWJj!", Err(4)),
            ("Y", Err(0)),
            ("YQ", Err(0)),
            ("YQ=", Err(3)),
            ("YQ=a", Err(2)),
            ("YWI", Err(0)),
            ("YWJjY", Err(4)),
            ("=", Err(0)),
            ("Y===", Err(1)),
            ("YQ==YQ==", Err(4)),
            ("YWI=a", Err(4)),
            ("YW_j", Err(2)),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|text: &str| text.as_bytes().to_vec());
            assert_eq!(decode_base64(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn json_errors_have_the_messages_of_go() {
        // The messages of `json.Unmarshal`.
        let cases = [
            ("", "unexpected end of JSON input"),
            (r#"["root""#, "unexpected end of JSON input"),
            ("root:123", "invalid character 'r' looking for beginning of value"),
            ("[root]", "invalid character 'r' looking for beginning of value"),
            ("1:2", "invalid character ':' after top-level value"),
            (r#"["a" "b"]"#, "invalid character '\"' after array element"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a":1 "b":2}"#, "invalid character '\"' after object key:value pair"),
            ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ];
        for (text, expected) in cases {
            let error = serde_json::from_str::<serde_json::Value>(text).err();
            let message = error.map(|error| json_error(text.as_bytes(), &error, JsonSource::Text));
            assert_eq!(message.as_deref(), Some(expected), "{text:?}");
        }
        let error = serde_json::from_str::<serde_json::Value>(r#"{"address""#).err();
        let message = error.map(|error| json_error(br#"{"address""#, &error, JsonSource::Stream));
        assert_eq!(message.as_deref(), Some("unexpected EOF"));
    }
}

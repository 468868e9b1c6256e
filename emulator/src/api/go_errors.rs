//! How the real server, which is written in Go, words what it cannot read.

/// Decodes base64 (standard alphabet, padded). An error is the place that Go's decoder reports.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    while at < text.len() {
        let mut group = [0; 4];
        let mut filled = 0;
        while filled < 4 {
            match text.get(at) {
                // The text ends within a group: Go points at the group's beginning.
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

/// Where Go reads the JSON: the two readers word the end of the text differently.
#[derive(Clone, Copy)]
pub(crate) enum JsonSource {
    /// `json.Unmarshal`, which has the whole text.
    Text,
    /// `json.Decoder`, which reads the body.
    Stream,
}

/// What Go says about a text that serde_json has refused.
///
/// The two readers stop at the same byte; only the words differ.
pub(crate) fn json_error(text: &[u8], error: &serde_json::Error, source: JsonSource) -> String {
    if error.is_eof() {
        return match source {
            JsonSource::Text => "unexpected end of JSON input".into(),
            JsonSource::Stream => "unexpected EOF".into(),
        };
    }
    let wording = error.to_string();
    let context = match wording.split(" at line").next() {
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
    match place(text, error.line(), error.column()) {
        Some(byte) => format!("invalid character {} {context}", quoted(byte)),
        None => format!("invalid character {context}"),
    }
}

/// The byte at a line and column, both counted from 1 as serde_json does.
fn place(text: &[u8], line: usize, column: usize) -> Option<u8> {
    text.split(|&byte| byte == b'\n').nth(line.checked_sub(1)?)?.get(column.saturating_sub(1)).copied()
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        // Go shows each byte as the character of that number.
        _ => format!("'{}'", char::from(byte).escape_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonSource, decode_base64, json_error};

    #[test]
    fn base64_is_refused_where_go_refuses_it() {
        // As `base64.StdEncoding.DecodeString` answers.
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
    fn json_is_refused_in_the_words_of_go() {
        // As `json.Unmarshal` answers.
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
            let words = error.map(|error| json_error(text.as_bytes(), &error, JsonSource::Text));
            assert_eq!(words.as_deref(), Some(expected), "{text:?}");
        }
        let error = serde_json::from_str::<serde_json::Value>(r#"{"address""#).err();
        let words = error.map(|error| json_error(br#"{"address""#, &error, JsonSource::Stream));
        assert_eq!(words.as_deref(), Some("unexpected EOF"));
    }
}

//! Any response body is a success, or an error that can be displayed and has the code that serde_json finds too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::fuzzing;
use serde_json::Value;

fuzz_target!(|response: (u16, &[u8])| {
    let (status, body) = response;
    let result = fuzzing::envelope(status, body);
    if let Err(error) = &result {
        assert!(!error.to_string().is_empty());
    }
    // Reading stops at the code; what follows may be invalid.
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return };
    let Some(code) = fields.get("code").and_then(Value::as_i64) else { return };
    if String::from_utf8_lossy(body).matches("code").count() != 1 {
        return;
    }
    match result {
        Ok(()) => assert!(matches!(code, 0 | 200)),
        Err(error) => assert!(error.code().is_none_or(|found| found.number() == code)),
    }
});

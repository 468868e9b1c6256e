//! Any response body gives the code that serde_json finds too, or an error that can be displayed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::fuzzing;
use serde_json::Value;

fuzz_target!(|answer: (u16, &[u8])| {
    let (status, body) = answer;
    match fuzzing::envelope(status, body) {
        Err(error) => assert!(!error.to_string().is_empty()),
        // Reading stops at the code; what follows may be invalid.
        Ok(code) => {
            if let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body)
                && String::from_utf8_lossy(body).matches("code").count() == 1
                && let Some(value) = fields.get("code")
            {
                assert_eq!(value.as_i64(), Some(code));
            }
        }
    }
});

//! Any header `Set-Cookie` gives a token or none, and the token is not part of its debug output.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::fuzzing;

fuzz_target!(|header: &[u8]| {
    if let Some(token) = fuzzing::cookie(header) {
        let _ = token.remaining();
        assert!(format!("{token:?}").starts_with("Token {"));
    }
});

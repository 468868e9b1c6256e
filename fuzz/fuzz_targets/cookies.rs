//! Whatever header `Set-Cookie` a server sends: a token or none, and a token does not show itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::fuzzing;

fuzz_target!(|header: &[u8]| {
    if let Some(token) = fuzzing::cookie(header) {
        let _ = token.remaining();
        assert!(format!("{token:?}").starts_with("Token {"));
    }
});

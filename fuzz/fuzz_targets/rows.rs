//! Any result gives rows, or an error with a location; borrowed and owned rows are equal.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use nebula_explorer::fuzzing;

fuzz_target!(|body: &[u8]| {
    let rows = fuzzing::rows(body);
    let owned = rows.read::<Vec<String>>();
    let borrowed = rows.read::<Vec<Cow<'_, str>>>();
    match (&owned, &borrowed) {
        (Ok(owned), Ok(borrowed)) => assert_eq!(format!("{owned:?}"), format!("{borrowed:?}")),
        (Err(error), Err(_)) => assert!(!error.to_string().is_empty()),
        _ => panic!("{owned:?}, but {borrowed:?}"),
    }
    let _ = rows.read::<(String, f64)>();
    let _ = rows.read::<(i64, Option<bool>, String)>();
});

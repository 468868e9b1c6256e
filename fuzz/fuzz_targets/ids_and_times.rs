//! Whatever stands in place of an id or a time: a value that comes out of JSON as it went in, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::wire::{JobId, JobTime, TaskTime, WorkflowId};
use serde_json::{from_slice, from_value, to_value};

fuzz_target!(|json: &[u8]| {
    macro_rules! round_trip {
        ($($type:ty),*) => {$(
            if let Ok(value) = from_slice::<$type>(json) {
                let again = to_value(value).map(from_value::<$type>);
                assert_eq!(again.expect("it can be written").expect("it can be read"), value);
            }
        )*};
    }
    round_trip!(JobId, WorkflowId, JobTime, TaskTime);
});

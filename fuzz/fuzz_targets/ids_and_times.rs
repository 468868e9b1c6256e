//! Any text as an id or a time gives an error or a value, and a value that is written is read as itself. (A job's time is written
//! in milliseconds, and may have been read from a finer one.)
#![no_main]

use libfuzzer_sys::fuzz_target;
use nebula_explorer::wire::{JobId, JobTime, TaskTime, WorkflowId};
use serde_json::{from_slice, from_value, to_value};

fuzz_target!(|json: &[u8]| {
    macro_rules! round_trip {
        ($($type:ty),*) => {$(
            if let Ok(value) = from_slice::<$type>(json) {
                let written = to_value(value).expect("it can be written");
                let again = from_value::<$type>(written.clone()).expect("it can be read");
                assert_eq!(to_value(again).expect("it can be written again"), written);
            }
        )*};
    }
    round_trip!(JobId, WorkflowId, JobTime, TaskTime);
});

//! Any bytes as the lines of a snapshot, header or not: what was read survives being saved and read again.
#![no_main]

use kready::parts::snapshot_of;
use kready_checks::inventory::Loader;
use libfuzzer_sys::fuzz_target;

fn saved(text: &str) -> Option<String> {
    let mut loader = Loader::new("default");
    for line in text.lines() {
        loader.add_line(line).ok()?;
    }
    let bytes = snapshot_of(loader).ok()?;
    Some(String::from_utf8(bytes).expect("a snapshot is UTF-8"))
}

fuzz_target!(|text: &str| {
    let Some(once) = saved(text) else { return };
    let again = saved(&once).expect("what kready wrote, kready reads");
    assert_eq!(once, again);
});

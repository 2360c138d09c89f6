//! Any bytes as the lines of a snapshot, header or not: what was read survives being saved and read again.
#![no_main]

use std::io::Read;

use flate2::read::GzDecoder;
use kready::parts::snapshot_of;
use kready_checks::inventory::Loader;
use libfuzzer_sys::fuzz_target;

fn saved(text: &str) -> Option<String> {
    let mut loader = Loader::new("default");
    for line in text.lines() {
        loader.add_line(line).ok()?;
    }
    let packed = snapshot_of(loader).ok()?;
    let mut text = String::new();
    GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .expect("a snapshot is packed UTF-8");
    Some(text)
}

fuzz_target!(|text: &str| {
    let Some(once) = saved(text) else { return };
    let again = saved(&once).expect("what kready wrote, kready reads");
    assert_eq!(once, again);
});

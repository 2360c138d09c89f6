//! Any text as an object of any kind: the first byte chooses the kind.
#![no_main]

use kready_checks::{
    inventory::{Kind, Listed, Visit, decode_json},
    wire::{Interner, explain_json},
};
use libfuzzer_sys::fuzz_target;

struct Decode<'a>(&'a str);

impl Visit for Decode<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        match Interner::new().within(|| decode_json::<K>(self.0)) {
            Ok(object) => {
                // What was read can be saved, and is the same when it is read again.
                let saved = serde_json::to_string(&object).expect("an object can be saved");
                let again = decode_json::<K>(&saved).expect("a saved object can be read");
                assert_eq!(object, again, "{saved}");
            }
            Err(error) => {
                explain_json(self.0, &error);
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some((kind, text)) = data.split_first()
        && let Some(kind) = Kind::ALL.get(usize::from(*kind))
        && let Ok(text) = std::str::from_utf8(text)
    {
        kind.visit(Decode(text));
    }
});

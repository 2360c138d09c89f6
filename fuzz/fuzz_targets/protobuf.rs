//! Any bytes as the message of any kind: the first byte chooses the kind.
#![no_main]

use kready_checks::{
    inventory::{Kind, Listed, Visit, decode_json, decode_protobuf},
    wire::Interner,
};
use libfuzzer_sys::fuzz_target;

struct Decode<'a>(&'a [u8]);

impl Visit for Decode<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let Ok(object) = Interner::new().within(|| decode_protobuf::<K>(self.0)) else {
            return;
        };
        // What was read can be saved, and is the same when it is read again.
        let saved = serde_json::to_string(&object).expect("an object can be saved");
        let again = decode_json::<K>(&saved).expect("a saved object can be read");
        assert_eq!(object, again, "{saved}");
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some((kind, message)) = data.split_first()
        && let Some(kind) = Kind::ALL.get(usize::from(*kind))
    {
        kind.visit(Decode(message));
    }
});

//! Any text as manifests: the first byte says whether it may be YAML.
#![no_main]

use kready_checks::{
    inventory::{Loader, Read, json_document, opened, read},
    wire::Time,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let lines = text.split('\n').count() + text.matches(['\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    let mut loader = Loader::new("default");
    for document in read(text, first % 4 != 0) {
        let document = match document {
            Ok(document) => document,
            Err(bad) => {
                assert!(bad.line > 0 && bad.line <= lines + 1 && !bad.message.is_empty(), "{bad:?}");
                continue;
            }
        };
        // What was read is the same when it is sent as JSON.
        let sent = document.value.to_string();
        assert_eq!(json_document(&sent).as_ref(), Ok(&document.value), "{sent}");
        let known = document.items.clone();
        let fields = Read::fields(document.text);
        let objects = opened(document.value);
        for line in known {
            assert!(line > 0 && line as usize <= lines, "{line}");
        }
        for (path, object) in objects {
            if let Some(fields) = &fields {
                fields.line_of(&path);
            }
            let _ = loader.add(object, None);
        }
    }
    loader.finish(Time(0));
});

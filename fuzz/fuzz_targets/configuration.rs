//! Any text as kready.yaml: it is read, or what is wrong is said with its place.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(problems) = kready::parts::configuration(text) {
        assert!(
            problems
                .lines()
                .all(|line| line.starts_with("kready.yaml:")),
            "{problems}"
        );
        assert!(
            !problems.chars().any(|c| c.is_control() && c != '\n'),
            "{problems:?}"
        );
    }
});

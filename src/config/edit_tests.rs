//! Waivers are put into files of every shape, and nothing else in them changes.

use std::path::Path;

use proptest::prelude::*;

use super::edit::{Draftable, Filling, Written, is_of_folder};
use crate::render::waive::{Draft, Entry};
use crate::report::OldReport;

const REPORT: &str = r#"{"kind":"Report","apiVersion":"kready.dev/v1","time":"2026-11-25T03:00:00Z","checks":[
    {"id":"pdb-missing","severity":"high","title":"no \"budget\": it's # bad","findings":[
        {"object":{"kind":"Deployment","namespace":"shop","name":"cart"},"fingerprint":"1","state":"open"},
        {"object":{"kind":"Deployment","namespace":"shop","name":"*: [a\u202e"},"fingerprint":"2","state":"open"}]},
    {"id":"audit-log-disabled","severity":"high","title":"t","findings":[{"object":null,"fingerprint":"3","state":"open"}]}]}"#;

fn entries() -> Vec<Entry> {
    let draft = Draft {
        days: 90,
        config: "kready.yaml",
        placeholder: "TODO",
        ..Draft::default()
    };
    let report = OldReport::parse(REPORT).unwrap();
    draft.entries(&report, &mut |_, _| false).entries
}

fn all(_: &Written) -> bool {
    true
}

fn added(text: &str, of_folder: bool) -> String {
    let document = Draftable::read(text, of_folder).unwrap();
    let changed = document.with(&entries(), Filling::default(), &all);
    let changed = changed
        .unwrap_or_else(|problem| panic!("{problem}: {text}"))
        .unwrap();
    let after = Draftable::read(&changed, of_folder).unwrap();
    assert_eq!(
        after.waivers().len(),
        document.waivers().len() + 2,
        "{changed}"
    );
    changed
}

/// What was put in, once the old text is taken out: its start and its end are what they were.
fn inserted<'n>(old: &str, new: &'n str) -> &'n str {
    let head = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    for at in (0..=head).rev() {
        if old.is_char_boundary(at) && new.ends_with(&old[at..]) {
            return &new[at..new.len() - (old.len() - at)];
        }
    }
    panic!("the old text is not whole:\n{old}\n---\n{new}");
}

const SHAPES: &[&str] = &[
    "",
    "# nothing yet",
    "# nothing yet\n",
    "---\n",
    "profile: dev",
    "profile: dev\n# the end\n",
    "---\nprofile: dev\n...\n",
    "{profile: dev}\n",
    "{}\n",
    "waivers:\n",
    "waivers: # of all teams\n\n# about the gate\ngate: {}\n",
    "waivers: []\n",
    "waivers: [ {check: a, reason: r, owner: o, expires: 2027-01-31} ] # all\ngate: {}\n",
    "waivers: ~\ngate: {}\n",
    "waivers: {annotations: allowed}\n",
    "waivers: {annotations: allowed, list: [{check: a}]}\n",
    "waivers:\n  annotations: allowed # since June\n\n# the gate\ngate:\n  failOn: high\n",
    "waivers:\n  list:\n    - check: a\n      reason: |\n        # no comment\n        more\n  annotations: allowed\n",
    "waivers:\n  annotations: allowed\n  list:\n  - check: a\n# end\n",
    "waivers:\n  # the first\n  - check: a\n    objects: [x/y/z] # z\n    reason: >-\n      long\n      text\n\n  # about the gate\n\ngate: {}\n",
    "waivers:\n- check: a\n- {check: b}\n# about the gate\ngate: {}\n",
    "waivers:\n-\n  check: a\n-   check: b\ngate: {}",
    "gate: {}\r\nwaivers:\r\n  - check: a\r\n    reason: r\r\n# end\r\n",
    "waivers:\n  - check: a\n    reason: |\n      more\n      # no comment either\ngate: {}\n",
    "größe: 大\nwaivers:\n  - check: größe # 大\n",
    "\"waivers\":\n    - \"check\": a\n",
    "base: &base\n  - check: a\nwaivers:\n  - check: b\n",
];

#[test]
fn every_other_byte_stays() {
    for text in SHAPES {
        let new = added(text, false);
        if !text.contains('~') {
            let block = inserted(text, &new);
            assert!(block.contains("pdb-missing"), "{block}");
            if text.contains("\r\n") {
                assert!(!block.replace("\r\n", "").contains('\n'), "{block:?}");
            }
        }
        // Twice is as good as once.
        added(&new, false);
    }
}

#[test]
fn a_file_of_the_folder_may_be_a_list() {
    assert!(is_of_folder(Path::new("waivers.d/shop.yaml")));
    assert!(!is_of_folder(Path::new("kready.yaml")));
    for text in [
        "",
        "- check: a\n",
        "# shop\n- check: a\n  reason: r\n# end\n",
        "[]\n",
        "waivers:\n  - check: a\n",
    ] {
        inserted(text, &added(text, true));
    }
}

#[test]
fn what_is_about_the_next_key_stays_with_it() {
    let new = added(
        "waivers:\n  - check: a\n\n# about the gate\ngate: {}\n",
        false,
    );
    assert!(
        new.starts_with("waivers:\n  - check: a\n  # high: no"),
        "{new}"
    );
    assert!(new.ends_with("\n\n# about the gate\ngate: {}\n"), "{new}");
}

#[test]
fn where_nothing_is_safe_nothing_is_written() {
    for text in [
        "waivers: *a\n",
        "waivers: text\n",
        "[a]\n",
        "text\n",
        "a: &a []\nwaivers: *a\n",
    ] {
        let Ok(document) = Draftable::read(text, false) else {
            continue;
        };
        assert!(
            document.with(&entries(), Filling::default(), &all).is_err(),
            "{text}"
        );
    }
    assert!(Draftable::read("a: [", false).is_err());
}

#[test]
fn drafts_are_filled_in_and_all_else_stays() {
    let filling = Filling {
        reason: Some("\"agreed\": # yes"),
        owner: Some("ops"),
    };
    let text = "waivers:\n  - check: a # one\n    reason: \"TODO: why\" # two\n    owner: TODO\n  - {check: b, owner: ''}\n  - check: c\n    reason:\n    owner: me\n  - check: d\n    reason: fine\n    owner: me\n";
    let document = Draftable::read(text, false).unwrap();
    let new = document.with(&[], filling, &all).unwrap().unwrap();
    let given = "\"\\\"agreed\\\": # yes\"";
    assert_eq!(
        new,
        format!(
            "waivers:\n  - check: a # one\n    reason: {given} # two\n    owner: \"ops\"\n  - {{reason: {given}, check: b, owner: \"ops\"}}\n  - check: c\n    reason: {given}\n    owner: me\n  - check: d\n    reason: fine\n    owner: me\n"
        )
    );
    let only = |written: &Written| written.check == "c";
    let new = document.with(&[], filling, &only).unwrap().unwrap();
    assert_eq!(
        new,
        text.replace("reason:\n", &format!("reason: {given}\n"))
    );
    let nobody = |_: &Written| false;
    assert_eq!(document.with(&[], filling, &nobody).unwrap(), None);
    // Behind its key, and before everything else, where there is none.
    let bare = Draftable::read("waivers:\n  - check: a\n    objects: [x/y/z]\n", false).unwrap();
    assert_eq!(
        bare.with(
            &[],
            Filling {
                owner: Some("ops"),
                ..Filling::default()
            },
            &all
        )
        .unwrap()
        .unwrap(),
        "waivers:\n  - owner: \"ops\"\n    check: a\n    objects: [x/y/z]\n"
    );
}

/// Lines of which documents are made, right and wrong ones.
fn line() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "# a comment",
        "  # deeper",
        "    # deepest",
        "",
        "   ",
        "profile: dev",
        "gate:",
        "  failOn: high",
        "waivers:",
        "waivers: # all",
        "  - check: a",
        "    reason: r",
        "    reason: |",
        "      # text",
        "      more",
        "    owner: 'o'",
        "  - {check: b, reason: r}",
        "- check: c",
        "  list:",
        "    - check: d",
        "  annotations: allowed",
        "---",
        "...",
        "scope: {exclude: [a]}",
        "waivers: []",
        "waivers: [{check: e}]",
        "  objects:",
        "    objects:",
        "      - a/b/c",
        "    reason: >-",
        "x: \"a",
        "  b\"",
        "waivers: {list: []}",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn whatever_a_file_holds_is_still_there(lines in prop::collection::vec(line(), 0..12), end in prop::sample::select(vec!["", "\n"]), of_folder: bool) {
        let text = lines.join("\n") + end;
        if let Ok(document) = Draftable::read(&text, of_folder)
            && let Ok(Some(new)) = document.with(&entries(), Filling::default(), &all)
        {
            let block = inserted(&text, &new);
            prop_assert!(block.contains("pdb-missing"));
            let after = Draftable::read(&new, of_folder).unwrap();
            prop_assert_eq!(after.waivers().len(), document.waivers().len() + 2);
        }
    }
}

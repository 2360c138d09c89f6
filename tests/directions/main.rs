//! The shape of both crates: which room may use which, no circles, no long files.
//!
//! `cargo test --test directions -- --ignored --nocapture print` prints the shape as it is.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod arrows;
mod citations;
mod code;
mod helpers;
mod house;
mod tests;

use std::path::Path;

use code::sources_of;
use house::{House, Map};

/// The rules, from the top down: a room may use what stands below it.
const CHECKS: House = House {
    name: "kready_checks",
    folder: "checks/",
    floors: &[
        &["lib"],
        &[
            "autoscaling",
            "delivery",
            "hardening",
            "health",
            "high_availability",
            "image_trust",
            "networking",
            "observability",
            "storage",
        ],
        &["frame"],
        &["knowledge"],
        &["kubernetes"],
        &["inventory"],
        &["wire"],
        &["model"],
    ],
};

/// The program, from the top down.
const PROGRAM: House = House {
    name: "kready",
    folder: "src/",
    floors: &[
        &["main"],
        &["lib"],
        &["commands", "parts"],
        &["cli", "interrupt"],
        &["config", "output", "progress"],
        &["render"],
        &["report"],
        &["audit", "collect"],
        &["clock"],
        &["failure"],
        &["nearest", "pattern", "rights"],
        &[
            "bounded", "breakage", "children", "escape", "every", "place", "words",
        ],
    ],
};

/// How many lines a file may have outside of tests.
const MOST_LINES: usize = 700;

fn maps() -> [Map; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = sources_of(root, "checks");
    sources.extend(sources_of(root, "src"));
    [
        Map::of(CHECKS, None, &sources),
        Map::of(PROGRAM, Some(CHECKS), &sources),
    ]
}

#[track_caller]
fn assert_none(what: &str, find: impl Fn(&Map) -> Vec<String>) {
    let found: Vec<String> = maps().iter().flat_map(find).collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn rooms_are_those_of_the_table() {
    assert_none("rooms and table differ", Map::unknown_rooms);
}

#[test]
fn arrows_point_down() {
    assert_none("arrows that don't point down", Map::turned);
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    assert_none("circles", |map| map.circles(false));
}

/// What a folder's `mod.rs` uses of its own folder doesn't use the `mod.rs`.
#[test]
fn no_door_stands_in_a_circle() {
    assert_none("circles", |map| map.circles(true));
}

/// `Context::reading` hands the whole picture to a room's own method; a rule has no such method.
#[test]
fn rules_read_through_methods_that_declare() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pillars = CHECKS.floors[1];
    let beside: Vec<String> = pillars
        .iter()
        .flat_map(|pillar| sources_of(root, &format!("checks/{pillar}")))
        .filter(|(_, text)| text.contains(".reading(") || text.contains("derived::<"))
        .map(|(path, _)| path)
        .collect();
    assert!(beside.is_empty(), "beside the door: {beside:?}");
}

#[test]
fn no_file_is_long() {
    assert_none("long files", |map| map.long(MOST_LINES));
}

#[test]
#[ignore = "prints the shape"]
fn print() {
    for map in maps() {
        println!("{}", map.print());
    }
}

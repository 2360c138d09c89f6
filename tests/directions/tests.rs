//! Small crates whose arrows are known.

use crate::{
    code::Sources,
    house::{House, Map},
};

const HOUSE: House = House {
    name: "small",
    folder: "small/",
    floors: &[&["lib"], &["attic", "tower"], &["kitchen"], &["cellar"]],
};

/// The rooms that each test has; `cellar.rs` defines `Wine` and `store`.
fn map(files: &[(&str, &str)]) -> Map {
    let rooms = [
        ("lib.rs", "mod attic; mod tower; mod kitchen; mod cellar;"),
        ("attic.rs", ""),
        ("tower.rs", ""),
        ("kitchen.rs", ""),
        ("cellar.rs", "pub struct Wine; pub fn store() {}"),
    ];
    let sources: Sources = rooms
        .iter()
        .chain(files)
        .map(|(name, text)| (format!("small/{name}"), (*text).to_owned()))
        .collect();
    Map::of(HOUSE, None, &sources)
}

/// The arrows in words, without what they turn.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let arrows = map(files).told_all();
    arrows
        .iter()
        .map(|told| told.replace("small/", "").replace(".rs", ""))
        .collect()
}

#[track_caller]
fn assert_arrows(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(arrows(files), expected);
}

#[test]
fn a_use_is_an_arrow_to_the_file_that_defines_the_name() {
    assert_arrows(
        &[("kitchen.rs", "use crate::cellar::{self, Wine as Red};")],
        &["kitchen:1: `crate::cellar::Wine` stands in cellar"],
    );
    assert_arrows(
        &[("attic.rs", "\nuse super::{kitchen, cellar::store};")],
        &["attic:2: `super::cellar::store` stands in cellar"],
    );
}

#[test]
fn paths_in_the_code_are_arrows() {
    for text in [
        "fn cook() { crate::cellar::store() }",
        "fn cook(_: super::cellar::Wine) {}",
        "struct Stove(Vec<Option<crate::cellar::Wine>>);",
        "impl crate::cellar::Wine {}",
        "fn cook() { assert!(f(&[crate::cellar::Wine])) }",
        "fn cook() { let pour = || matches!(x, crate::cellar::Wine); }",
        "macro_rules! cook { () => { $crate::cellar::store() } }",
        "mod pot { fn boil() { super::super::cellar::store() } }",
        "fn cook() { use crate::cellar::*; store(); }",
        "use crate::cellar; fn cook() { cellar::store() }",
        "use crate::cellar; fn cook() { cellar::Wine::pour() }",
        "use crate::cellar; fn cook() { print!(\"{}\", cellar::store()) }",
    ] {
        let found = arrows(&[("kitchen.rs", text)]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].ends_with(" stands in cellar"), "{text}: {found:?}");
    }
}

#[test]
fn a_name_that_is_given_on_leads_to_where_it_is_defined() {
    let doors = [
        ("cellar.rs", ""),
        ("cellar/mod.rs", ""),
        (
            "kitchen.rs",
            "pub(crate) mod pantry; mod shelf; pub use shelf::{Cup, Plate as Dish};",
        ),
        ("kitchen/pantry.rs", "pub use self::jar::*; mod jar;"),
        ("kitchen/pantry/jar.rs", "pub struct Jam;"),
        ("kitchen/shelf.rs", "pub struct Cup; pub struct Plate;"),
    ];
    let with = |text| [&doors[..], &[("attic.rs", text)]].concat();
    assert_arrows(
        &with("use crate::kitchen::Cup;"),
        &["attic:1: `crate::kitchen::Cup` stands in kitchen/shelf"],
    );
    assert_arrows(
        &with("use crate::kitchen::*; type It = Dish;"),
        &["attic:1: `Dish` stands in kitchen/shelf"],
    );
    assert_arrows(
        &with("use crate::kitchen::pantry::Jam;"),
        &["attic:1: `crate::kitchen::pantry::Jam` stands in kitchen/pantry/jar"],
    );
}

#[test]
fn giving_on_what_stands_elsewhere_is_an_arrow() {
    assert_arrows(
        &[
            ("kitchen.rs", "pub use crate::attic::Trunk;"),
            ("attic.rs", "pub struct Trunk;"),
        ],
        &["kitchen:1: `crate::attic::Trunk` stands in attic"],
    );
}

#[test]
fn a_prelude_is_what_it_names() {
    let lib = "mod attic; mod tower; mod kitchen; mod cellar; mod prelude { pub(crate) use crate::{cellar::*, kitchen::Cup}; }";
    assert_arrows(
        &[
            ("lib.rs", lib),
            ("kitchen.rs", "pub struct Cup;"),
            (
                "attic.rs",
                "use crate::prelude::*; fn f(_: Cup) { store() }",
            ),
        ],
        &[
            "attic:1: `Cup` stands in kitchen",
            "attic:1: `store` stands in cellar",
        ],
    );
}

#[test]
fn names_that_macros_make_are_found() {
    let cellar = "macro_rules! made { ($($it:tt)*) => {} } pub(crate) use made; made! { struct Cheese { age: u8 } Ham: 3 }";
    assert_arrows(
        &[
            ("cellar.rs", cellar),
            (
                "kitchen.rs",
                "use crate::cellar::{Cheese, Ham, made}; made! { struct Tea { is: Cheese } }",
            ),
        ],
        &[
            "kitchen:1: `Cheese` stands in cellar",
            "kitchen:1: `crate::cellar::Cheese` stands in cellar",
            "kitchen:1: `crate::cellar::Ham` stands in cellar",
            "kitchen:1: `crate::cellar::made` stands in cellar",
            "kitchen:1: `made` stands in cellar",
        ],
    );
}

#[test]
fn what_only_tests_compile_is_left_out() {
    let text = "#[cfg(test)] use crate::attic::A; #[cfg(test)] mod tests { use crate::attic::A; }
        #[cfg(test)] mod more; impl S { #[cfg(test)] fn f() { crate::attic::f() } }
        #[cfg(all(test, unix))] fn g() { crate::attic::f() }";
    assert_arrows(
        &[
            ("kitchen.rs", text),
            ("attic.rs", "pub struct A; pub fn f() {}"),
        ],
        &[],
    );
    assert_arrows(
        &[("kitchen.rs", "#[cfg(not(test))] use crate::cellar::Wine;")],
        &["kitchen:1: `crate::cellar::Wine` stands in cellar"],
    );
}

#[test]
fn variables_other_crates_and_modules_alone_are_no_arrows() {
    for text in [
        "use crate::cellar::*; fn f(store: u8) -> u8 { store + 1 }",
        "use crate::cellar::*; fn f() { let store = 1; (|it| it + store)(2); }",
        "use std::fmt::Write; use ::cellar::Wine; use elsewhere::Wine as White;",
        "use crate::cellar;",
        "fn f(it: &It) { it.store(); }",
        "#[doc = \"crate::cellar::Wine\"] struct S;",
    ] {
        assert_arrows(&[("kitchen.rs", text)], &[]);
    }
}

#[test]
fn an_arrow_that_points_up_or_aside_is_told_with_its_line() {
    let attic = ("attic.rs", "pub struct Trunk;");
    let turned = map(&[attic, ("kitchen.rs", "\n\nuse crate::attic::Trunk;")]).turned();
    assert_eq!(
        turned,
        [
            "small/kitchen.rs:3: `crate::attic::Trunk` stands in small/attic.rs: kitchen is not above attic"
        ]
    );
    let aside = map(&[attic, ("tower.rs", "fn f(_: crate::attic::Trunk) {}")]).turned();
    assert_eq!(
        aside,
        [
            "small/tower.rs:1: `crate::attic::Trunk` stands in small/attic.rs: tower is not above attic"
        ]
    );
    let down = map(&[
        ("attic.rs", "use crate::{cellar::Wine, kitchen::Cup};"),
        ("kitchen.rs", "pub struct Cup;"),
    ]);
    assert_eq!(down.turned(), <[&str; 0]>::default());
}

#[test]
fn the_shortest_circles_are_told() {
    let map = map(&[
        ("lib.rs", "mod attic; mod tower; mod kitchen; mod cellar;"),
        ("attic.rs", "use crate::kitchen::Cup; pub struct Trunk;"),
        (
            "kitchen.rs",
            "use crate::cellar::Wine; use crate::tower::Bell; pub struct Cup;",
        ),
        ("tower.rs", "use crate::attic::Trunk; pub struct Bell;"),
        ("cellar.rs", "use crate::kitchen::Cup; pub struct Wine;"),
    ]);
    let expected = "4 files lead to each other: small/attic.rs, small/tower.rs, small/kitchen.rs, small/cellar.rs
  - small/kitchen.rs:1: `crate::cellar::Wine` stands in small/cellar.rs
    small/cellar.rs:1: `crate::kitchen::Cup` stands in small/kitchen.rs
  - small/attic.rs:1: `crate::kitchen::Cup` stands in small/kitchen.rs
    small/kitchen.rs:1: `crate::tower::Bell` stands in small/tower.rs
    small/tower.rs:1: `crate::attic::Trunk` stands in small/attic.rs
";
    assert_eq!(map.circles(true), [expected]);
}

#[test]
fn a_door_that_leads_into_its_own_folder_makes_a_circle_of_its_own_kind() {
    let folder = map(&[
        (
            "kitchen.rs",
            "mod pot; pub struct Cup; fn f() { pot::boil() }",
        ),
        ("kitchen/pot.rs", "use super::Cup; pub fn boil() {}"),
    ]);
    assert_eq!(folder.circles(true).len(), 1);
    assert_eq!(folder.circles(false), <[&str; 0]>::default());
}

#[test]
fn rooms_and_lines_are_held_against_the_table() {
    let lib = "mod attic; mod tower; mod kitchen; mod shed;";
    let map = map(&[
        ("lib.rs", lib),
        (
            "shed.rs",
            "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n",
        ),
    ]);
    assert_eq!(
        map.unknown_rooms(),
        ["small/shed is on no floor", "small/cellar isn't there"]
    );
    assert_eq!(map.long(1), ["small/shed.rs: 2 lines"]);
    assert_eq!(map.long(2), <[&str; 0]>::default());
}

#[test]
fn a_crate_above_sees_where_the_names_of_the_one_below_are_defined() {
    let above = House {
        name: "above",
        folder: "above/",
        floors: &[&["main"], &["lib"], &["roof"]],
    };
    let sources = [
        ("above/main.rs", "fn main() { above::run() }"),
        ("above/lib.rs", "mod roof; pub fn run() {}"),
        ("above/roof.rs", "use small::cellar::Wine;"),
        ("small/lib.rs", "pub mod cellar;"),
        ("small/cellar.rs", "pub use bottles::Wine; mod bottles;"),
        ("small/cellar/bottles.rs", "pub struct Wine;"),
    ];
    let sources = sources.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let map = Map::of(above, Some(HOUSE), &sources.into_iter().collect());
    assert_eq!(
        map.told_all(),
        [
            "above/roof.rs:1: `small::cellar::Wine` stands in small/cellar/bottles.rs",
            "above/main.rs:1: `above::run` stands in above/lib.rs",
        ]
    );
}

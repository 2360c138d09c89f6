//! Rooms and floors: what the arrows between files say of a crate's shape.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    ops::Range,
};

use crate::{
    arrows::Arrow,
    code::{Code, Sources},
};

/// What a crate should look like.
#[derive(Clone, Copy)]
pub(crate) struct House {
    /// The name that other crates know it by.
    pub(crate) name: &'static str,
    /// `checks/`
    pub(crate) folder: &'static str,
    /// From the top down. A room may use the rooms of lower floors, and none of its own.
    pub(crate) floors: &'static [&'static [&'static str]],
}

/// A crate as it is.
pub(crate) struct Map {
    house: House,
    code: Code,
    /// Those of the crate's files.
    files: Range<usize>,
    /// Between the crate's own files.
    arrows: Vec<Arrow>,
    /// From the crate's files to those of the crate below.
    outside: Vec<Arrow>,
}

impl Map {
    /// Reads a crate, whose root is `lib.rs` or `main.rs`, or a `main.rs` beside a `lib.rs`; and the crate below it.
    pub(crate) fn of(house: House, below: Option<House>, sources: &Sources) -> Self {
        let mut code = Code::default();
        let mut read = |house: House| {
            for (name, file) in [(house.name, "lib.rs"), ("main", "main.rs")] {
                let path = format!("{}{file}", house.folder);
                if sources.contains_key(&path) {
                    code.read(sources, name, &path);
                }
            }
            code.files.len()
        };
        let files = 0..read(house);
        below.map(read);
        let arrows = code.arrows().into_iter();
        let arrows = arrows.filter(|arrow| files.contains(&arrow.from));
        let (arrows, outside) = arrows.partition(|arrow| files.contains(&arrow.to));
        Self {
            house,
            code,
            files,
            arrows,
            outside,
        }
    }

    fn path(&self, file: usize) -> &str {
        &self.code.files[file].path
    }

    /// The first folder below the crate's, or the file that stands there itself.
    fn room(&self, file: usize) -> &str {
        let path = self.path(file);
        let below = match path.strip_prefix(self.house.folder) {
            Some(below) => below,
            None => path.split_once('/').map_or(path, |(_, below)| below),
        };
        let (room, _) = below.split_once('/').unwrap_or((below, ""));
        room.trim_end_matches(".rs")
    }

    fn floor(&self, room: &str) -> Option<usize> {
        let floors = self.house.floors;
        floors.iter().position(|floor| floor.contains(&room))
    }

    fn told(&self, arrow: &Arrow) -> String {
        let (from, to) = (self.path(arrow.from), self.path(arrow.to));
        format!("{from}:{}: `{}` stands in {to}", arrow.line, arrow.path)
    }

    /// All arrows in words, those to the crate below included.
    pub(crate) fn told_all(&self) -> Vec<String> {
        let mut all: Vec<&Arrow> = self.arrows.iter().chain(&self.outside).collect();
        all.sort();
        all.into_iter().map(|arrow| self.told(arrow)).collect()
    }

    /// The rooms that the table doesn't know, and those that only the table knows.
    pub(crate) fn unknown_rooms(&self) -> Vec<String> {
        let rooms: BTreeSet<&str> = self.files.clone().map(|file| self.room(file)).collect();
        let expected: BTreeSet<&str> = self
            .house
            .floors
            .iter()
            .copied()
            .flatten()
            .copied()
            .collect();
        let folder = self.house.folder;
        let unknown = rooms.difference(&expected);
        let missing = expected.difference(&rooms);
        unknown
            .map(|room| format!("{folder}{room} is on no floor"))
            .chain(missing.map(|room| format!("{folder}{room} isn't there")))
            .collect()
    }

    /// The arrows that don't point down.
    pub(crate) fn turned(&self) -> Vec<String> {
        let mut turned = Vec::new();
        for arrow in &self.arrows {
            let (from, to) = (self.room(arrow.from), self.room(arrow.to));
            let (Some(start), Some(end)) = (self.floor(from), self.floor(to)) else {
                continue;
            };
            if from != to && start >= end {
                turned.push(format!("{}: {from} is not above {to}", self.told(arrow)));
            }
        }
        turned
    }

    /// Whether a folder's door uses what stands in the folder.
    fn leads_in(&self, arrow: &Arrow) -> bool {
        self.path(arrow.to)
            .starts_with(&self.code.files[arrow.from].folder)
    }

    /// Each group of files of which every one leads to every other: the files, and the shortest circle through each.
    /// `doors` counts the arrows from `mod.rs`, or from `name.rs`, into its own folder, too.
    pub(crate) fn circles(&self, doors: bool) -> Vec<String> {
        let mut next: BTreeMap<usize, BTreeMap<usize, &Arrow>> = BTreeMap::new();
        for arrow in &self.arrows {
            if !doors && self.leads_in(arrow) {
                continue;
            }
            let ways = next.entry(arrow.from).or_default();
            ways.entry(arrow.to).or_insert(arrow);
        }
        let from: BTreeMap<usize, BTreeMap<usize, Vec<&Arrow>>> = self
            .files
            .clone()
            .map(|file| (file, ways_from(file, &next)))
            .collect();
        let mut left: BTreeSet<usize> = self.files.clone().collect();
        let mut circles = Vec::new();
        while let Some(file) = left.pop_first() {
            let mut group = BTreeSet::from([file]);
            group.extend(from[&file].keys().filter(|to| from[to].contains_key(&file)));
            if group.len() < 2 {
                continue;
            }
            left.retain(|file| !group.contains(file));
            // The shortest circle through each file, every circle once.
            let ways = group.iter().map(|file| &from[file][file]);
            let mut ways: Vec<_> = ways
                .map(|ways| (ways.iter().map(|it| it.from).collect::<BTreeSet<_>>(), ways))
                .collect();
            ways.sort_by_key(|(files, _)| (files.len(), files.clone()));
            ways.dedup_by(|one, other| one.0 == other.0);
            let names: Vec<&str> = group.iter().map(|file| self.path(*file)).collect();
            let mut text = format!(
                "{} files lead to each other: {}\n",
                group.len(),
                names.join(", ")
            );
            for (_, way) in ways {
                let way: Vec<String> = way.iter().map(|arrow| self.told(arrow)).collect();
                _ = writeln!(text, "  - {}", way.join("\n    "));
            }
            circles.push(text);
        }
        circles
    }

    /// The files that have more lines than `most` outside of tests.
    pub(crate) fn long(&self, most: usize) -> Vec<String> {
        let files = self.code.files[self.files.clone()].iter();
        files
            .filter(|file| file.lines > most)
            .map(|file| format!("{}: {} lines", file.path, file.lines))
            .collect()
    }

    /// How many lines of a room use what stands in another.
    fn uses(&self, arrows: &[Arrow]) -> BTreeMap<(&str, &str), usize> {
        let mut uses = BTreeMap::new();
        for arrow in arrows {
            let ends = (self.room(arrow.from), self.room(arrow.to));
            if ends.0 != ends.1 || !self.files.contains(&arrow.to) {
                *uses.entry(ends).or_default() += 1;
            }
        }
        uses
    }

    /// The rooms from the top down, with their size and the rooms that they use, and the circles.
    pub(crate) fn print(&self) -> String {
        let mut sizes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for file in self.files.clone() {
            let size = sizes.entry(self.room(file)).or_default();
            size.0 += 1;
            size.1 += self.code.files[file].lines;
        }
        let uses = self.uses(&self.arrows);
        let outside = self.uses(&self.outside);
        let mut rooms: Vec<_> = sizes.into_iter().collect();
        rooms.sort_by_key(|(room, _)| (self.floor(room), *room));
        let list = |room: &str, uses: &BTreeMap<(&str, &str), usize>| {
            let targets = uses.iter().filter(|((from, _), _)| *from == room);
            let targets: Vec<String> = targets
                .map(|((_, to), times)| format!("{to} {times}"))
                .collect();
            targets.join(", ")
        };
        let mut text = format!("{}\n", self.house.folder);
        for (room, (files, lines)) in rooms {
            let floor = self.floor(room).map_or("?".to_owned(), |it| it.to_string());
            let targets = list(room, &uses);
            _ = writeln!(
                text,
                "{floor:>3} {room:18} {files:3} files {lines:6} lines → {targets}"
            );
            let targets = list(room, &outside);
            if !targets.is_empty() {
                _ = writeln!(text, "{:>46} ⇒ {targets}", "");
            }
        }
        let arrows: BTreeSet<_> = self.arrows.iter().map(|it| (it.from, it.to)).collect();
        let turned = self.turned();
        _ = writeln!(
            text,
            "{} files, {} arrows between files, {} between rooms\n\n{} lines turn an arrow\n{}",
            self.files.len(),
            arrows.len(),
            uses.len(),
            turned.len(),
            turned.join("\n")
        );
        for (doors, of) in [(false, "without doors"), (true, "with doors")] {
            let circles = self.circles(doors);
            _ = writeln!(
                text,
                "\n{} circles {of}\n{}",
                circles.len(),
                circles.join("\n")
            );
        }
        text
    }
}

/// The shortest way from a file to each that it leads to, itself included where a circle does.
fn ways_from<'a>(
    start: usize,
    next: &BTreeMap<usize, BTreeMap<usize, &'a Arrow>>,
) -> BTreeMap<usize, Vec<&'a Arrow>> {
    let mut ways: BTreeMap<usize, Vec<&Arrow>> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        let before = ways.get(&at).filter(|_| at != start).cloned();
        let before = before.unwrap_or_default();
        for (to, arrow) in next.get(&at).into_iter().flatten() {
            if !ways.contains_key(to) {
                let way = before.iter().copied().chain([*arrow]).collect();
                ways.insert(*to, way);
                if *to != start {
                    queue.push_back(*to);
                }
            }
        }
    }
    ways
}

//! The texts that were read, for whoever asks where a field stands: files are read again, and what can't be is kept.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::SystemTime,
};

use kready_checks::{
    inventory::{FieldAt, Piece, pieces},
    model::Text,
};

use super::bytes::{contents, decode};
use crate::bounded;

/// How much text is kept in all: objects beyond it have a line, and their fields don't.
const KEPT: usize = 32 << 20;

/// The texts of an input by the names of their files.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    of: BTreeMap<Text, Kept>,
    kept: usize,
}

#[derive(Debug)]
enum Kept {
    /// A file that can be read again, and what tells whether it is still the same.
    File(PathBuf, Stamp),
    /// A text that can be read once: standard input, a pipe, what was packed or rendered.
    Text(String),
}

type Stamp = (u64, Option<SystemTime>);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.len(), metadata.modified().ok()))
}

impl Texts {
    /// A file was read that may be read again.
    pub(super) fn lies_in(&mut self, name: &str, path: &Path) {
        if let Some(stamp) = stamp(path) {
            let kept = Kept::File(path.to_owned(), stamp);
            self.of.insert(name.into(), kept);
        }
    }

    pub(super) fn can_be_read_again(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }

    /// A text was read that can't be read again.
    pub(super) fn keep(&mut self, name: &str, text: Cow<'_, str>) {
        self.of.remove(name);
        if self.kept + text.len() <= KEPT {
            self.kept += text.len();
            self.of.insert(name.into(), Kept::Text(text.into_owned()));
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (name, kept) in other.of {
            match kept {
                Kept::Text(text) => self.keep(&name, text.into()),
                Kept::File(..) => {
                    self.of.insert(name, kept);
                }
            }
        }
    }

    /// The lines of fields in a file, or of as much of the way to each as there is; none where that can't be told.
    pub(crate) fn lines_of(&self, file: &str, asked: &[FieldAt<'_>]) -> Vec<Option<NonZero<u32>>> {
        let text = match self.of.get(file) {
            Some(Kept::Text(text)) => Cow::Borrowed(text.as_str()),
            Some(Kept::File(path, before)) => match again(path, *before) {
                Some(text) => Cow::Owned(text),
                None => return vec![None; asked.len()],
            },
            None => return vec![None; asked.len()],
        };
        let lines = within(&pieces(&text), asked);
        lines
            .into_iter()
            .map(|line| line.and_then(NonZero::new))
            .collect()
    }
}

/// The text of a file that is as it was.
fn again(path: &Path, before: Stamp) -> Option<String> {
    let bytes = bounded::open_regular(path).and_then(contents).ok()?;
    let text = decode(&bytes).ok()?;
    (stamp(path) == Some(before)).then(|| text.into_owned())
}

/// Asks each piece for what it may hold, on all cores.
fn within(pieces: &[Piece<'_>], asked: &[FieldAt<'_>]) -> Vec<Option<u32>> {
    let mut lines = vec![None; asked.len()];
    // What each piece is asked for.
    let mut of_piece: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, asked) in asked.iter().enumerate() {
        // Of those that touch a line, all but the first and the last have it for themselves.
        let from = pieces.partition_point(|piece| piece.last < asked.line);
        let until = pieces.partition_point(|piece| piece.first <= asked.line);
        let holding = [from, until.saturating_sub(1)];
        for piece in &holding[usize::from(holding[0] == holding[1])..] {
            match pieces.get(*piece) {
                Some(piece) if piece.first > asked.line || piece.last < asked.line => {}
                Some(piece) if piece.first == piece.last => lines[number] = Some(asked.line),
                Some(_) => of_piece.entry(*piece).or_default().push(number),
                None => {}
            }
        }
    }
    let work: Vec<(usize, Vec<usize>)> = of_piece.into_iter().collect();
    let next = AtomicUsize::new(0);
    let look = || {
        let mut found = Vec::new();
        while let Some((piece, numbers)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let asked: Vec<FieldAt<'_>> = numbers.iter().map(|number| asked[*number]).collect();
            let lines = pieces[*piece].lines_of(&asked);
            found.extend(
                numbers
                    .iter()
                    .zip(lines)
                    .map(|(number, line)| (*number, *piece, line)),
            );
        }
        found
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut found = if work.len() < FEW {
        look()
    } else {
        thread::scope(|scope| {
            let others: Vec<_> = (1..cores)
                .filter_map(|_| thread::Builder::new().spawn_scoped(scope, look).ok())
                .collect();
            let mut found = look();
            found.extend(
                others
                    .into_iter()
                    .filter_map(|other| other.join().ok())
                    .flatten(),
            );
            found
        })
    };
    // Where two pieces answer, the last one counts: its object begins on the line.
    found.sort_unstable();
    for (number, _, line) in found {
        lines[number] = line.or(lines[number]);
    }
    lines
}

/// For how few pieces no thread is started.
const FEW: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, asked: &[(u32, &str, &str)]) -> Vec<Option<u32>> {
        let asked: Vec<FieldAt<'_>> = asked
            .iter()
            .map(|(line, name, path)| FieldAt {
                line: *line,
                name,
                path,
            })
            .collect();
        within(&pieces(text), &asked)
    }

    fn object(name: &str) -> String {
        format!("{{\"metadata\": {{\"name\": \"{name}\"}},\n\"spec\": 1}}")
    }

    #[test]
    fn objects_that_share_a_line_are_told_apart() {
        let text = [object("a"), object("b"), object("c")].concat();
        let asked = [
            (1, "a", "spec"),
            (2, "b", "spec"),
            (3, "c", "spec"),
            (9, "c", "spec"),
        ];
        assert_eq!(lines(&text, &asked), [Some(2), Some(3), Some(4), None]);
        let flat = "{\"metadata\": {\"name\": \"x\"}} {\"metadata\": {\"name\": \"y\"}}";
        let asked = [(1, "x", "spec"), (1, "y", "spec")];
        assert_eq!(lines(flat, &asked), [Some(1), Some(1)]);
    }

    #[test]
    fn many_objects_are_found_whether_on_one_line_or_in_one_list() {
        let names: Vec<String> = (0..20_000).map(|number| format!("o{number}")).collect();
        let items = |start: &str, end: &str| -> String {
            let items: Vec<String> = names
                .iter()
                .map(|name| format!("{start}{name}{end}"))
                .collect();
            items.concat()
        };
        let flat = items("{\"kind\": \"A\", \"metadata\": {\"name\": \"", "\"}} ");
        let asked: Vec<_> = names.iter().map(|name| (1, &**name, "spec")).collect();
        assert!(lines(&flat, &asked).iter().all(|line| *line == Some(1)));
        let list = format!(
            "apiVersion: v1\nkind: List\nitems:\n{}",
            items("- metadata:\n    name: ", "\n  spec: {}\n")
        );
        let asked: Vec<_> = names
            .iter()
            .zip(0..)
            .map(|(name, number)| (4 + 3 * number, &**name, "spec"))
            .collect();
        let found = lines(&list, &asked);
        for ((line, ..), found) in asked.iter().zip(found) {
            assert_eq!(found, Some(line + 2));
        }
    }

    #[test]
    fn a_file_that_changed_has_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        let text = "kind: A\nmetadata:\n  name: a\nspec: 1\n";
        fs::write(&file, text).unwrap();
        let mut texts = Texts::default();
        texts.lies_in("a.yaml", &file);
        let asked = [FieldAt {
            line: 1,
            name: "a",
            path: "spec",
        }];
        assert_eq!(texts.lines_of("a.yaml", &asked), [NonZero::new(4)]);
        fs::write(&file, format!("# more\n{text}")).unwrap();
        assert_eq!(texts.lines_of("a.yaml", &asked), [None]);
        assert_eq!(texts.lines_of("b.yaml", &asked), [None]);
    }

    #[test]
    fn no_more_text_is_kept_than_there_is_room_for() {
        let mut texts = Texts::default();
        for name in ["a", "b", "c"] {
            texts.keep(name, "x".repeat(KEPT / 2).into());
        }
        assert_eq!(texts.of.len(), 2);
    }
}

//! What a path leads to, however it is written: two names of one file are told.

use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
};

/// A file, or the place where one would be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Inner);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Inner {
    /// What is there: its device and number.
    There(u64, u64),
    /// What is not there yet: its folder, links followed, and its name.
    New(PathBuf),
}

impl Place {
    /// Where a path leads; none for devices, since what is written there replaces nothing.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(metadata) => Self::there(path, &metadata),
            Err(_) => Some(Self(Inner::New(new(&followed(path))))),
        }
    }

    /// What an open file is.
    pub(crate) fn of_open(file: &File) -> Option<Self> {
        file.metadata().ok().as_ref().and_then(Self::of_metadata)
    }

    #[cfg(unix)]
    fn there(_: &Path, metadata: &Metadata) -> Option<Self> {
        Self::of_metadata(metadata)
    }

    #[cfg(not(unix))]
    fn there(path: &Path, _: &Metadata) -> Option<Self> {
        fs::canonicalize(path)
            .ok()
            .map(|path| Self(Inner::New(path)))
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let kind = metadata.file_type();
        let is_device = kind.is_char_device() || kind.is_block_device();
        (!is_device).then(|| Self(Inner::There(metadata.dev(), metadata.ino())))
    }

    #[cfg(not(unix))]
    fn of_metadata(_: &Metadata) -> Option<Self> {
        None
    }
}

/// What was met already, whichever way it was reached.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<Place, PathBuf>);

impl Seen {
    /// Whether a path leads to what was not met before; a device is always new.
    pub(crate) fn is_new(&mut self, path: &Path) -> bool {
        let Some(place) = Place::of(path) else {
            return true;
        };
        let Some(before) = self.0.get(&place) else {
            self.0.insert(place, path.to_owned());
            return true;
        };
        // Not every file system numbers its files: without a second link the paths have to agree as well.
        !has_links(path) && fs::canonicalize(path).ok() != fs::canonicalize(before).ok()
    }
}

#[cfg(unix)]
fn has_links(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.nlink() > 1)
}

#[cfg(not(unix))]
const fn has_links(_: &Path) -> bool {
    false
}

/// Follows links to where something is or would be made; a link that leads nowhere is followed as well.
pub(crate) fn followed(path: &Path) -> PathBuf {
    /// As many links as the system follows.
    const LINKS: usize = 40;
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    path
}

/// What standard input is.
pub(crate) fn stdin() -> Option<Place> {
    open(io::stdin()).as_ref().and_then(Place::of_open)
}

/// What standard output is.
pub(crate) fn stdout() -> Option<Place> {
    open(io::stdout()).as_ref().and_then(Place::of_open)
}

/// A second handle of what is open: both share the place up to which it was written.
#[cfg(unix)]
pub(crate) fn open(stream: impl std::os::fd::AsFd) -> Option<File> {
    stream.as_fd().try_clone_to_owned().ok().map(File::from)
}

#[cfg(not(unix))]
pub(crate) fn open<T>(_: T) -> Option<File> {
    None
}

fn new(path: &Path) -> PathBuf {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = path.file_name().unwrap_or_default();
    // Where names differ in case alone they are one: on the disks of most macOS and Windows machines.
    if cfg!(any(target_os = "macos", windows)) {
        return folder.join(name.to_string_lossy().to_lowercase());
    }
    folder.join(name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_of_one_file_are_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("real"), "").unwrap();
        fs::write(at("other"), "").unwrap();
        fs::create_dir(at("sub")).unwrap();
        fs::hard_link(at("real"), at("hard")).unwrap();
        symlink(at("real"), at("soft")).unwrap();
        symlink("missing", at("dangling")).unwrap();
        symlink(folder.path(), at("sub/up")).unwrap();
        let real = Place::of(&at("real"));
        for name in ["./real", "hard", "soft", "sub/../real", "sub/up/real"] {
            assert_eq!(Place::of(&at(name)), real, "{name}");
        }
        assert_ne!(Place::of(&at("other")), real);
        let missing = Place::of(&at("missing"));
        for name in ["dangling", "./missing", "sub/up/missing"] {
            assert_eq!(Place::of(&at(name)), missing, "{name}");
        }
        assert_ne!(Place::of(&at("absent")), missing);
        assert_eq!(Place::of(Path::new("/dev/null")), None);
        let mut seen = Seen::default();
        let new = ["real", "hard", "soft", "other", "sub", "sub/up/other"]
            .map(|name| seen.is_new(&at(name)));
        assert_eq!(new, [true, false, false, true, true, false]);
    }
}

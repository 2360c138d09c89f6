//! Reads as far as a bound, and only from what ends: regular files, and pipes that somebody names.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Read},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

pub(crate) const MIB: u64 = 1 << 20;

/// How long a pipe that bears a name waits for somebody at its other side.
const OTHER_SIDE: Duration = Duration::from_secs(10);

/// Reads what a user named: a regular file, a pipe such as `<(…)` of a shell, or the null device.
///
/// # Errors
/// It cannot be read, is something else, or holds more than `most` bytes.
pub(crate) fn named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    all(open_named(path)?, most)
}

/// Reads a file to which nobody pointed by hand: a regular one, or the null device.
///
/// # Errors
/// It cannot be read, is something else, or holds more than `most` bytes.
pub(crate) fn regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    all(open_regular(path)?, most)
}

/// Reads a stream to its end.
///
/// # Errors
/// It cannot be read, or holds more than `most` bytes.
pub(crate) fn stream(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    fill(Vec::new(), from, most)
}

/// Text out of what was read.
///
/// # Errors
/// It is no UTF-8.
pub(crate) fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Opens what [`named`] would read.
///
/// # Errors
/// It cannot be opened, or is something else.
pub(crate) fn open_named(path: &Path) -> io::Result<File> {
    if !is_pipe(&fs::metadata(path)?) {
        return open_regular(path);
    }
    open_pipe(path, File::options().read(true), "nothing writes to it")
}

/// Opens what is there for writing; it is not emptied.
///
/// # Errors
/// It cannot be opened.
pub(crate) fn open_writable(path: &Path, metadata: &Metadata) -> io::Result<File> {
    let mut options = File::options();
    options.write(true);
    if is_pipe(metadata) {
        return open_pipe(path, &options, "nothing reads it");
    }
    options.open(path)
}

/// To open a pipe waits for the other side: on a thread of its own, since nothing else ends that.
fn open_pipe(path: &Path, options: &OpenOptions, lonely: &str) -> io::Result<File> {
    let (tell, told) = mpsc::channel();
    let (pipe, options) = (path.to_owned(), options.clone());
    thread::Builder::new()
        .name("pipe".into())
        .spawn(move || tell.send(options.open(pipe)))?;
    told.recv_timeout(OTHER_SIDE).unwrap_or_else(|_| {
        let seconds = OTHER_SIDE.as_secs();
        Err(io::Error::new(
            ErrorKind::TimedOut,
            format!("it is a pipe, and {lonely}: {seconds} s went by"),
        ))
    })
}

/// Opens what [`regular`] would read.
///
/// # Errors
/// It cannot be opened, or is something else.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // A device may do something when it is opened, and a pipe waits.
    ends(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    ends(&file.metadata()?)?;
    Ok(file)
}

/// What is said of more than `most` bytes.
pub(crate) fn too_large(most: u64) -> io::Error {
    let bound = if most.is_multiple_of(MIB << 10) {
        format!("{} GiB", most / (MIB << 10))
    } else if most.is_multiple_of(MIB) {
        format!("{} MiB", most / MIB)
    } else {
        format!("{} KiB", most >> 10)
    };
    io::Error::new(
        ErrorKind::FileTooLarge,
        format!("it is larger than {bound}"),
    )
}

fn all(file: File, most: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::new();
    // One byte more, so that the end is seen without growing.
    bytes.try_reserve(usize::try_from(length).unwrap_or(0).saturating_add(1))?;
    fill(bytes, file, most)
}

fn fill(mut bytes: Vec<u8>, from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// Whether what is there has an end: a file, or the null device, which is an empty one.
fn ends(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() || is_null(metadata) {
        return Ok(());
    }
    let what = kind_of(metadata);
    Err(io::Error::new(
        ErrorKind::InvalidInput,
        format!("it is {what}, and a regular file is needed"),
    ))
}

#[cfg(unix)]
fn kind_of(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        "a directory"
    } else {
        "no file"
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
const fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_null(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    metadata.file_type().is_char_device()
        && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
const fn is_null(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn no_more_than_the_bound_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345678").unwrap();
        assert_eq!(named(&path, 8).unwrap(), b"12345678");
        let error = regular(&path, 7).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(
            stream(io::repeat(0), MIB).unwrap_err().to_string(),
            "it is larger than 1 MiB"
        );
        // A hole takes no room on the disk, and would take all of the memory.
        let hole = File::create(folder.path().join("hole")).unwrap();
        hole.set_len(1 << 40).unwrap();
        assert!(named(&folder.path().join("hole"), 2048 * MIB).is_err());
    }

    #[test]
    fn only_what_ends_is_opened() {
        for (path, says) in [
            ("/dev/zero", "it is a device, and a regular file is needed"),
            ("/dev", "it is a directory, and a regular file is needed"),
        ] {
            let error = named(Path::new(path), MIB).unwrap_err();
            assert_eq!(error.to_string(), says, "{path}");
        }
        assert_eq!(named(Path::new("/dev/null"), MIB).unwrap(), b"");
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = named(&socket, MIB).unwrap_err();
        assert!(error.to_string().contains("it is a socket"), "{error}");
    }

    #[test]
    fn a_pipe_is_read_where_somebody_names_it() {
        let (from, mut to) = io::pipe().unwrap();
        to.write_all(b"text").unwrap();
        drop(to);
        let name = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&from));
        let error = regular(Path::new(&name), MIB).unwrap_err();
        assert!(error.to_string().contains("it is a pipe"), "{error}");
        assert_eq!(named(Path::new(&name), MIB).unwrap(), b"text");
    }
}

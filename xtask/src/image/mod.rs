//! The container image, as an OCI layout: a layer for each architecture, of the static program and the few files it needs.
//!
//! The same inputs make the same bytes: times are the one that is given, and owners and modes come from here.

mod binary;
mod files;
mod layout;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, bail, ensure};
use clap::Args;

use files::Entry;
use layout::Platform;

/// What an image is made of, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Image {
    /// The static program for an architecture, such as amd64=target/kready; once for each
    #[arg(long = "arch", value_name = "ARCH=PROGRAM", required = true)]
    programs: Vec<Placed>,
    /// The folder of licences and notices that goes with it; once for each
    #[arg(long, value_name = "ARCH=FOLDER")]
    notices: Vec<Placed>,
    /// The time of everything in the image, in seconds since 1970
    #[arg(long, env = "SOURCE_DATE_EPOCH")]
    created: i64,
    /// The commit that the program was built from
    #[arg(long)]
    revision: Option<String>,
    /// The folder for the layout; what was in it is replaced
    #[arg(long)]
    layout: PathBuf,
    /// The layout as one file, beside the folder
    #[arg(long)]
    archive: Option<PathBuf>,
    /// A folder for the files of each architecture, as a Containerfile copies them; what was in it is replaced
    #[arg(long)]
    roots: Option<PathBuf>,
}

/// A file or a folder for one architecture.
#[derive(Clone, Debug)]
struct Placed {
    architecture: Architecture,
    path: PathBuf,
}

impl FromStr for Placed {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.split_once('=') {
            Some((architecture, path)) if !path.is_empty() => Ok(Self {
                architecture: architecture.parse()?,
                path: path.into(),
            }),
            _ => bail!("say ARCH=PATH, such as amd64=target/kready"),
        }
    }
}

/// An architecture by its name in images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    const fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

impl FromStr for Architecture {
    type Err = anyhow::Error;
    fn from_str(name: &str) -> anyhow::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.name() == name)
            .with_context(|| {
                let known = Self::ALL.map(Self::name).join(", ");
                format!("the architecture {name:?} isn't known; known are {known}")
            })
    }
}

/// Makes the image.
pub(crate) fn make(image: &Image) -> anyhow::Result<()> {
    let mut programs: Vec<&Placed> = image.programs.iter().collect();
    programs.sort_by_key(|placed| placed.architecture);
    for pair in programs.windows(2) {
        ensure!(
            pair[0].architecture != pair[1].architecture,
            "--arch {} is given twice",
            pair[0].architecture.name()
        );
    }
    let roots = programs
        .iter()
        .map(|placed| Ok((placed.architecture, root(image, placed)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;

    let platforms = roots
        .iter()
        .map(|(architecture, entries)| Platform::new(*architecture, entries, image.created))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let blobs = layout::blobs(&platforms, image.created, image.revision.as_deref())?;

    replace(&image.layout)?;
    for (name, bytes) in &blobs {
        write(&image.layout.join(name), bytes, 0o644)?;
    }
    if let Some(archive) = &image.archive {
        write(archive, &layout::archive(&blobs, image.created)?, 0o644)?;
    }
    if let Some(folder) = &image.roots {
        replace(folder)?;
        for (architecture, entries) in &roots {
            unpack(&folder.join(architecture.name()), entries)?;
        }
    }
    Ok(())
}

/// The files of an image for one architecture.
fn root(image: &Image, placed: &Placed) -> anyhow::Result<Vec<Entry>> {
    let Placed { architecture, path } = placed;
    let program = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if let Err(why) = binary::judge(&program, *architecture) {
        bail!("{} cannot go into the image: {why}", path.display());
    }
    let mut notices = image
        .notices
        .iter()
        .filter(|notices| notices.architecture == *architecture);
    let folder = notices.next().map(|notices| notices.path.as_path());
    ensure!(
        notices.next().is_none(),
        "--notices {} is given twice",
        architecture.name()
    );
    files::entries(program, folder)
}

/// An empty folder in the place of one that may hold an older image.
fn replace(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("emptying {}", folder.display()))
        }
        _ => fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display())),
    }
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    set_mode(path, mode)
}

/// The files as they lie in a container, save for their owners.
fn unpack(folder: &Path, entries: &[Entry]) -> anyhow::Result<()> {
    for entry in entries {
        let path = folder.join(&entry.path);
        if let Some(bytes) = &entry.content {
            write(&path, bytes, entry.mode)?;
        } else {
            fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
            set_mode(&path, entry.mode)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of {}", path.display()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
fn set_mode(_: &Path, _: u32) -> anyhow::Result<()> {
    Ok(())
}

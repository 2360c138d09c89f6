//! The Homebrew formula, from the checksums of a release.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::Context;

use crate::sums;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// Homebrew's words for a system and a processor, and the target whose archive serves them.
const PLATFORMS: [(&str, &str, &str); 4] = [
    ("on_macos", "on_arm", "aarch64-apple-darwin"),
    ("on_macos", "on_intel", "x86_64-apple-darwin"),
    ("on_linux", "on_arm", "aarch64-unknown-linux-musl"),
    ("on_linux", "on_intel", "x86_64-unknown-linux-musl"),
];

/// The formula: of the archives in a list of checksums, or without one of the sources alone.
pub(crate) fn formula_of(checksums: Option<&Path>) -> anyhow::Result<String> {
    let Some(path) = checksums else {
        return Ok(formula(None));
    };
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let archives = archives(&text).with_context(|| format!("{}", path.display()))?;
    Ok(formula(Some(&archives)))
}

/// The digest of the archive for each target.
fn archives(checksums: &str) -> anyhow::Result<BTreeMap<&'static str, String>> {
    let digests = sums::read(checksums)?;
    PLATFORMS
        .iter()
        .map(|(_, _, target)| {
            let name = format!("kready-{VERSION}-{target}.tar.gz");
            let digest = digests
                .get(&*name)
                .with_context(|| format!("there is no checksum of {name}"))?;
            Ok((*target, (*digest).to_owned()))
        })
        .collect()
}

fn formula(archives: Option<&BTreeMap<&'static str, String>>) -> String {
    let mut text = String::from(
        "# Written by `cargo xtask homebrew`.\n\
         class Kready < Formula\n\
         \x20 desc \"Audit whether a Kubernetes cluster is ready for production\"\n\
         \x20 homepage \"https://kready.dev/\"\n",
    );
    if archives.is_some() {
        let _ = writeln!(text, "  version \"{VERSION}\"");
    }
    let _ = writeln!(text, "  license \"{}\"", env!("CARGO_PKG_LICENSE"));
    let _ = write!(
        text,
        "\n  head do\n    url \"{REPOSITORY}.git\", branch: \"main\"\n\n    depends_on \"rust\" => :build\n  end\n"
    );
    if let Some(archives) = archives {
        let mut system = "";
        for (on_system, on_processor, target) in PLATFORMS {
            if on_system != system {
                if !system.is_empty() {
                    text.push_str("  end\n");
                }
                let _ = write!(text, "\n  {on_system} do\n");
                system = on_system;
            }
            let digest = archives.get(target).map(String::as_str).unwrap_or_default();
            let _ = write!(
                text,
                "    {on_processor} do\n\
                 \x20     url \"{REPOSITORY}/releases/download/v{VERSION}/kready-{VERSION}-{target}.tar.gz\"\n\
                 \x20     sha256 \"{digest}\"\n\
                 \x20   end\n"
            );
        }
        text.push_str("  end\n");
    }
    text.push_str(INSTALL);
    text
}

const INSTALL: &str = r##"
  def install
    if build.head?
      system "cargo", "install", *std_cargo_args
      system "cargo", "xtask", "man", "man"
    else
      bin.install "kready"
    end
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    generate_completions_from_executable(bin/"kready", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match "NOT READY", shell_output("#{bin}/kready audit --demo", 1)
  end
end
"##;

#[cfg(test)]
mod tests {
    use std::{io::Write as _, path::PathBuf, process::Command};

    use super::*;

    fn checksums() -> String {
        let mut text = String::new();
        for (number, (_, _, target)) in PLATFORMS.iter().enumerate() {
            let _ = writeln!(text, "{number:064x}  kready-{VERSION}-{target}.tar.gz");
        }
        text + &"f".repeat(64) + "  kready-" + VERSION + ".cdx.json\n"
    }

    #[test]
    fn each_platform_has_the_digest_of_its_own_archive() {
        let text = formula(Some(&archives(&checksums()).unwrap()));
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, (_, _, target)) in PLATFORMS.iter().enumerate() {
            let at = lines
                .iter()
                .position(|line| line.starts_with("url ") && line.contains(target))
                .unwrap();
            assert_eq!(lines[at + 1], format!("sha256 \"{number:064x}\""));
        }
    }

    #[test]
    fn a_missing_archive_or_a_broken_digest_is_refused() {
        for (from, to, why) in [
            ("x86_64-apple", "riscv-apple", "no checksum of"),
            (&*"0".repeat(63), "nonsense", "no SHA-256 digest"),
            ("00000", "0000\"", "no SHA-256 digest"),
        ] {
            let error = archives(&checksums().replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(why), "{error}");
        }
    }

    /// It names the release of its own digests, or none: never a digest that no archive has.
    #[test]
    fn the_formula_in_the_repository_is_what_is_written_here() {
        let path = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../deploy/homebrew/kready.rb"
        ));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, formula(None)).unwrap();
        }
        let text = fs::read_to_string(path).unwrap();
        if text.contains("sha256") {
            let install = text.split_once("\n  def install").unwrap().1;
            assert_eq!(INSTALL.split_once("\n  def install").unwrap().1, install);
        } else {
            assert_eq!(text, formula(None), "UPDATE=1 cargo test -p xtask homebrew");
        }
    }

    #[test]
    fn ruby_can_read_it() {
        let archives = archives(&checksums()).unwrap();
        for text in [formula(None), formula(Some(&archives))] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            match Command::new("ruby").arg("-c").arg(file.path()).output() {
                Ok(said) => assert!(
                    said.status.success(),
                    "{}",
                    String::from_utf8_lossy(&said.stderr)
                ),
                Err(error) => eprintln!("skipped: ruby: {error}"),
            }
        }
    }
}

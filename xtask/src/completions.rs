//! The completion scripts: a file for each shell.

use std::{fs, path::Path};

use anyhow::Context;

/// The shells, and the names of the files in which each looks for a script of `kready`.
const SHELLS: [(&str, &str); 6] = [
    ("bash", "kready.bash"),
    ("elvish", "kready.elv"),
    ("fish", "kready.fish"),
    ("nushell", "kready.nu"),
    ("powershell", "_kready.ps1"),
    ("zsh", "_kready"),
];

/// Writes the script of each shell.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    for (shell, name) in SHELLS {
        let script =
            kready::completion(shell).with_context(|| format!("kready completes no {shell}"))?;
        let file = folder.join(name);
        fs::write(&file, script).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_that_kready_completes_has_a_file() {
        let command = kready::command();
        let shells = command
            .find_subcommand("completion")
            .and_then(|command| command.get_positionals().next())
            .map(clap::Arg::get_possible_values)
            .unwrap_or_default();
        let shells: Vec<&str> = shells
            .iter()
            .map(clap::builder::PossibleValue::get_name)
            .collect();
        assert_eq!(shells, SHELLS.map(|(shell, _)| shell));
    }

    #[test]
    fn a_file_is_what_kready_prints() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        for (shell, name) in SHELLS {
            let written = fs::read_to_string(folder.path().join(name)).unwrap();
            assert_eq!(Some(written), kready::completion(shell), "{shell}");
        }
    }
}

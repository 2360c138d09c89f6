//! Whether a file is a program that runs without a library or a loader beside it: an image holds neither.

use anyhow::{Context, bail, ensure};

use super::Architecture;

const INTERPRETER: u32 = 3;
const DYNAMIC: u32 = 2;
const NEEDED: u64 = 1;

/// Refuses what isn't a static Linux program for the architecture.
pub(super) fn judge(program: &[u8], architecture: Architecture) -> anyhow::Result<()> {
    ensure!(
        program.starts_with(b"\x7fELF"),
        "it is not a Linux program (no ELF file)"
    );
    ensure!(
        program.get(4..6) == Some(&[2, 1]),
        "it is not a 64-bit little-endian program"
    );
    let kind = half(program, 16)?;
    ensure!(
        kind == 2 || kind == 3,
        "it is not a program but a part of one"
    );
    let machine = half(program, 18)?;
    let wanted = match architecture {
        Architecture::Amd64 => 62,
        Architecture::Arm64 => 183,
    };
    if machine != wanted {
        let name = match machine {
            62 => "amd64".to_owned(),
            183 => "arm64".to_owned(),
            other => format!("machine {other}"),
        };
        bail!("it is built for {name}, not for {}", architecture.name());
    }

    let table = long(program, 32)?;
    let size = u64::from(half(program, 54)?);
    ensure!(table <= program.len() as u64, BROKEN);
    for index in 0..u64::from(half(program, 56)?) {
        let header = table + index * size;
        let (start, length) = (long(program, header + 8)?, long(program, header + 32)?);
        ensure!(
            start
                .checked_add(length)
                .is_some_and(|end| end <= program.len() as u64),
            BROKEN
        );
        match word(program, header)? {
            INTERPRETER => bail!(DYNAMICALLY_LINKED),
            DYNAMIC => {
                for entry in (0..length / 16).map(|number| start + number * 16) {
                    match long(program, entry)? {
                        0 => break,
                        NEEDED => bail!(DYNAMICALLY_LINKED),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

const BROKEN: &str = "it is cut off or broken";
const DYNAMICALLY_LINKED: &str =
    "it is dynamically linked, and the image holds no libraries; build it for a musl target";

fn bytes<const N: usize>(program: &[u8], offset: u64) -> anyhow::Result<[u8; N]> {
    usize::try_from(offset)
        .ok()
        .and_then(|offset| program.get(offset..)?.first_chunk::<N>())
        .copied()
        .context(BROKEN)
}

fn half(program: &[u8], offset: u64) -> anyhow::Result<u16> {
    Ok(u16::from_le_bytes(bytes(program, offset)?))
}

fn word(program: &[u8], offset: u64) -> anyhow::Result<u32> {
    Ok(u32::from_le_bytes(bytes(program, offset)?))
}

fn long(program: &[u8], offset: u64) -> anyhow::Result<u64> {
    Ok(u64::from_le_bytes(bytes(program, offset)?))
}

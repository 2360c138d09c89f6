use std::fs;

use super::*;

#[test]
fn targets_are_formats_with_or_without_a_file() {
    assert_eq!(
        Target::parse("json=a=b.json"),
        Ok(Target {
            format: Format::Json,
            file: Some("a=b.json".into())
        })
    );
    assert_eq!(
        Target::parse("table=-"),
        Ok(Target {
            format: Format::Table,
            file: None
        })
    );
    assert_eq!(
        Target::<Format>::parse("jsno"),
        Err("unknown format \"jsno\": did you mean json?".into())
    );
    assert!(Target::<Format>::parse("json=").is_err());
}

#[test]
fn a_template_is_named_before_its_output() {
    let parse = |text: &str| {
        let target = Target::<Format>::parse(text)?;
        let Format::Template(template) = target.format else {
            return Err(format!("{:?}", target.format));
        };
        Ok((template, target.file))
    };
    assert_eq!(parse("template=a.j2"), Ok(("a.j2", None)));
    assert_eq!(parse("template=a.j2=-"), Ok(("a.j2", None)));
    assert_eq!(
        parse("template=a.j2=out=1.txt"),
        Ok(("a.j2", Some("out=1.txt".into())))
    );
    for text in ["template", "template=", "template==out", "template=a.j2="] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    fs::write(&path, "old").unwrap();

    let mut dropped = PendingFile::create(&path, Readers::Mask).unwrap();
    dropped.write_all(b"half").unwrap();
    drop(dropped);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");

    let mut finished = PendingFile::create(&path, Readers::Mask).unwrap();
    finished.write_all(b"new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    finished.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_path_that_cannot_be_written_is_known_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let directory = PendingFile::create(folder.path(), Readers::Mask).unwrap_err();
    assert!(
        directory.to_string().contains("it is a directory"),
        "{directory}"
    );
    let missing =
        PendingFile::create(&folder.path().join("no/such/report.json"), Readers::Mask).unwrap_err();
    assert_eq!(missing.exit, crate::failure::Exit::Usage);
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mut file = PendingFile::create(&link, Readers::Mask).unwrap();
    file.write_all(b"new").unwrap();
    file.finish().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "new");
}

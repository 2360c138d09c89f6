//! Any bytes as a list that arrives in pieces: the first byte chooses the form, the next four say where the pieces end.
#![no_main]

use kready_checks::wire::lists::{Form, ListError, ListReader, Part, Status};
use libfuzzer_sys::fuzz_target;

type Read = Result<(String, Vec<Vec<u8>>, usize), ListError>;

fn read(form: Form, bytes: &[u8], cuts: &[u8]) -> Read {
    let mut reader = ListReader::new(form);
    let mut objects = Vec::new();
    let mut metas = 0;
    let mut rest = bytes;
    for cut in cuts {
        let (piece, after) = rest.split_at(usize::from(*cut).min(rest.len()));
        reader.feed(piece, |part| match part {
            Part::Meta(_) => metas += 1,
            Part::Object(object) => objects.push(object.to_vec()),
        })?;
        rest = after;
    }
    reader.feed(rest, |part| match part {
        Part::Meta(_) => metas += 1,
        Part::Object(object) => objects.push(object.to_vec()),
    })?;
    reader.finish()?;
    Ok((reader.kind().to_owned(), objects, metas))
}

fuzz_target!(|data: &[u8]| {
    let Some((head, bytes)) = data.split_at_checked(5) else {
        return;
    };
    let form = if head[0] % 2 == 0 {
        Form::Protobuf
    } else {
        Form::Json
    };
    assert_eq!(read(form, bytes, &head[1..]), read(form, bytes, &[]));
    Status::read(bytes);
});

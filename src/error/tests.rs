use super::*;

#[test]
fn every_kind_is_found_by_its_exit_code() {
    for (i, kind) in Kind::ALL.into_iter().enumerate() {
        // A kind that is missing in the list would leave a gap in it, or come after its end.
        assert_eq!(kind as usize, i);
        let found = Kind::of_exit_code(kind.exit_code().into());
        assert_eq!(found, if kind == Kind::ClosedPipe { Kind::Other } else { kind });
    }
    assert_eq!(Kind::NoSuchProgram as usize + 1, Kind::ALL.len());
    assert_eq!(Kind::of_exit_code(0), Kind::Other);
    assert_eq!(Kind::of_exit_code(-9), Kind::Other);
}

#[test]
fn message_ends_with_file_and_line() {
    let error = Error::config("profile 'a' has no source")
        .at(Some(Location { file: Path::new("/home/u/.aws/config").into(), line: 7 }))
        .hint("add source_profile");
    assert_eq!(error.to_string(), "profile 'a' has no source (/home/u/.aws/config:7)");
    assert_eq!(error.kind().exit_code(), 5);
    assert_eq!(error.hints(), ["add source_profile"]);
}

#[test]
fn what_others_said_is_shown_without_secrets_and_not_recorded() {
    let at = Some(Location { file: Path::new("/config").into(), line: 7 });
    let said = Quote::new("no: password=hunter2 at http://u:p@h").and("; the clock is wrong");
    let error = Error::new(Kind::Denied, "AWS refused").quoting(&said).at(at);
    let shown = "AWS refused: no: password=**** at http://h; the clock is wrong (/config:7)";
    assert_eq!(error.to_string(), shown);
    assert_eq!(error.for_record(), "AWS refused: the clock is wrong (/config:7)");
    let said = Quote::new("no (Denied)").recorded_as("Denied");
    assert_eq!(Error::config("").quoting(&said).to_string(), "no (Denied)");
    assert_eq!(Error::config("").quoting(&said).for_record(), "Denied");
    assert_eq!(Error::config("x").quoting(&Quote::new("y")).for_record(), "x");
    let own = Error::config("http://u:p@h is wrong").hint("use https://u:p@h");
    assert_eq!(own.for_record(), "http://h is wrong");
    assert_eq!(own.hints(), ["use https://h"]);
}

#[test]
fn an_error_about_a_file_has_the_systems_error_as_its_source() {
    let error = Error::io("read", Path::new("/x"), io::ErrorKind::NotFound.into());
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), error);
}

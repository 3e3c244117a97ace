use super::*;
use crate::profile::merging::FEW;

fn files(config: &str, credentials: &str) -> (tempfile::TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let file = |which, name: &str, text: &str| {
        let path = folder.path().join(name);
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes())
            .unwrap();
        File::read(which, path).unwrap()
    };
    let files = Files {
        config: file(Which::Config, "config", config),
        credentials: file(Which::Credentials, "credentials", credentials),
    };
    (folder, files)
}

fn value(config: &str, credentials: &str, profile: &str, key: &str) -> Option<String> {
    let (_folder, files) = files(config, credentials);
    let set = ProfileSet::new(&files);
    let profile = set.profile(profile).unwrap()?;
    profile.text(key).map(|(text, _)| text.to_owned())
}

#[test]
fn prefixed_default_wins_in_either_order_and_does_not_merge() {
    for config in [
        "[default]\na = 1\nb = 1\n[profile default]\na = 2\n",
        "[profile default]\na = 2\n[default]\na = 1\nb = 1\n",
    ] {
        assert_eq!(value(config, "", "default", "a").as_deref(), Some("2"));
        assert_eq!(value(config, "", "default", "b"), None);
        assert_eq!(value(config, "[default]\nc = 3\n", "default", "c").as_deref(), Some("3"));
    }
}

#[test]
fn a_section_is_found_however_its_header_ends() {
    let headers = ["profile a", "profile \"a\"", "profile 'a'", " profile a ", "profile a\t"];
    let unicode = ["profile a\u{a0}", "profile a\u{3000}", "profile a\x0b"];
    for header in headers.into_iter().chain(unicode) {
        let config = format!("[profile b]\nx = 2\n[{header}]\nx = 1\n[profile ba]\nx = 3\n");
        assert_eq!(value(&config, "", "a", "x").as_deref(), Some("1"), "{header:?}");
    }
    assert_eq!(value("[]\nx = 1\n[profile ]\nx = 1\n", "", "", "x"), None);
}

#[test]
fn the_credentials_file_wins_key_by_key() {
    let (config, credentials) = ("[profile a]\nx = 1\ny = 1\n", "[a]\nX = 2\n");
    assert_eq!(value(config, credentials, "a", "x").as_deref(), Some("2"));
    assert_eq!(value(config, credentials, "a", "y").as_deref(), Some("1"));
}

#[test]
fn equal_sections_merge_and_the_last_key_wins() {
    let config = "[profile a]\nx = 1\nx = 2\ny = 1\n[profile b]\n[profile a]\ny = 3\n";
    assert_eq!(value(config, "", "a", "x").as_deref(), Some("2"));
    assert_eq!(value(config, "", "a", "y").as_deref(), Some("3"));
}

#[test]
fn of_many_keys_each_is_there_once_with_its_last_value() {
    let lines = |value| (0..3 * FEW).map(move |key| format!("key{key} = {value}"));
    let keys = |value| lines(value).collect::<Vec<_>>().join("\n");
    let config = format!("[profile a]\n{}\n[profile a]\n{}\n", keys("old"), keys("new"));
    let (_folder, files) = files(&config, "");
    let profile = ProfileSet::new(&files).profile("a").unwrap().unwrap();
    assert_eq!(profile.settings.len(), 3 * FEW);
    for (key, setting) in profile.settings.iter().enumerate() {
        assert_eq!(setting.key, format!("key{key}"));
        assert_eq!(setting.text(), Some("new"));
    }
}

#[test]
fn what_does_not_count_is_known_with_its_place() {
    let config = "[default]\nz = 0\n[profile default]\nx = 1\nX = 2\ny = 1\n";
    let (_folder, files) = files(config, "[default]\ny = 3\n");
    let set = ProfileSet::new(&files);
    let profile = set.profile("default").unwrap().unwrap();
    let overridden = set.overridden(&profile).unwrap();
    let places: Vec<_> = overridden.iter().map(|it| (&*it.key, it.at.line)).collect();
    assert_eq!(places, [("x", 4), ("y", 6)]);
    assert_eq!(set.ignored_default().unwrap().line, 1);
}

#[test]
fn a_broken_line_in_another_profile_does_no_harm() {
    let config = "[profile a]\nx = 1\n[profile b]\nnonsense\n";
    assert_eq!(value(config, "", "a", "x").as_deref(), Some("1"));
}

#[test]
fn a_broken_line_in_the_profile_is_told_with_its_place() {
    let (_folder, files) = files("[profile a]\nx = 1\nnonsense-SECRET\n", "");
    let error = ProfileSet::new(&files).profile("a").unwrap_err();
    assert!(error.to_string().ends_with("config:3)"), "{error}");
    assert!(!error.to_string().contains("SECRET"), "{error}");
}

#[test]
fn a_section_has_the_same_line_in_whatever_order_it_is_asked_for() {
    let sections = (0..200).map(|number| format!("[profile p{number}]\r\nx = 1\n# {number}\n\n"));
    let config = format!("# above\n\n{}", sections.collect::<String>());
    let (_folder, files) = files(&config, "");
    let line_of = |number: usize| {
        assert_eq!(files.config.line(number), 3 + 4 * number, "{number}");
    };
    (0..200).for_each(line_of);
    (0..200).rev().for_each(line_of);
    (0..200).for_each(|number| line_of(number * 73 % 200));
    (0..200).for_each(|number| line_of(number / 2));
}

#[test]
fn names_are_listed_once_in_the_order_of_the_files() {
    let (_folder, files) = files("[profile b]\n[default]\n[profile a]\n", "[a]\n[c]\n");
    let set = ProfileSet::new(&files);
    assert_eq!(set.names(), ["b", "default", "a", "c"]);
    let credentials = set.section_location("c", Which::Credentials).unwrap();
    assert_eq!(credentials.line, 2);
}

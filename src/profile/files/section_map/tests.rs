use std::{cell::Cell, fmt::Write as _, os::unix::fs::FileExt as _};

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::profile::{Files, ProfileSet};

/// A home folder with the two files, of which the config may be large.
struct Home {
    folder: tempfile::TempDir,
    /// By how many seconds the clock is ahead: the files have been still for so long.
    ahead: Cell<i64>,
}

/// More than is kept in memory.
fn padding() -> String {
    format!("# {}\n", "x".repeat(98)).repeat(3000)
}

impl Home {
    fn with(config: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), ahead: Cell::new(3600) };
        private::make_parents(&home.path(".aws")).unwrap();
        StateDirectory::at(home.path(".local/state/rolecall")).unwrap();
        home.write(config);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, config: &str) {
        private::replace(&self.path(".aws/config"), config.as_bytes()).unwrap();
    }

    fn maps(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.path(".local/state/rolecall")).unwrap();
        let all = all.map(|entry| entry.unwrap().path());
        all.filter(|path| path.to_string_lossy().ends_with(SUFFIX)).collect()
    }

    fn files(&self) -> Files {
        let home = self.folder.path().to_str().unwrap();
        let now = DateTime::from(std::time::SystemTime::now());
        let now = now + TimeDelta::seconds(self.ahead.get());
        let context = Context::made_up([("HOME", home)], move || now);
        Files::for_lookups(&context).unwrap()
    }

    /// The value of `key` in a profile and its line, and whether only a map was needed for that.
    fn value(&self, profile: &str, key: &str) -> (Option<(String, usize)>, bool) {
        let files = self.files();
        let set = ProfileSet::new(&files);
        let found = set.profile(profile).unwrap();
        let value = found.as_ref().and_then(|it| Some((it.text(key)?, it.setting(key)?.at.line)));
        let value = value.map(|((text, _), line)| (text.to_owned(), line));
        (value, files.config.has_only_a_map())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as a profile's value is")]
fn is(text: &str, line: usize) -> Option<(String, usize)> {
    Some((text.to_owned(), line))
}

#[test]
fn the_second_process_reads_the_map_and_finds_the_same() {
    let mut config = "\u{feff}[profile a]\nx = 1\n".to_owned() + &padding();
    config +=
        "[profile 'b c']\nx = 2\n[sso-session b]\nx = s\n[profile a]\nx = 3\n[default]\nx = 4";
    let home = Home::with(&config);
    let expected = [("a", is("3", 3008)), ("b c", is("2", 3004)), ("default", is("4", 3010))];
    assert_eq!(home.value("a", "x"), (is("3", 3008), false));
    for (profile, value) in expected {
        assert_eq!(home.value(profile, "x"), (value, true), "{profile}");
    }
    let files = home.files();
    let session = ProfileSet::new(&files).sso_session("b").unwrap().unwrap();
    assert_eq!(session[0].at.line, 3006);
    assert!(files.config.has_only_a_map());
    assert_eq!(home.maps().len(), 1);
}

#[test]
fn what_is_wrong_by_a_map_is_tried_again_without_it() {
    let home = Home::with(&("[profile a]\nx = 1\n".to_owned() + &padding()));
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.value("a", "x"), (is("1", 2), true));
    assert_eq!(home.value("b", "x"), (None, true));
    let files = home.files();
    let tries = Cell::new(0);
    let missing = files.confirmed(|| {
        tries.set(tries.get() + 1);
        let found = ProfileSet::new(&files).profile("b")?.map(drop);
        found.ok_or_else(|| crate::error::Error::config("no b"))
    });
    assert!(missing.is_err());
    assert_eq!((tries.get(), files.config.has_only_a_map()), (2, false));
    assert_eq!(ProfileSet::new(&home.files()).names(), ["a"], "all names, with a map");
}

#[test]
fn a_map_of_another_state_is_not_used() {
    let config = "[profile a]\nx = 1\n".to_owned() + &padding();
    let home = Home::with(&config);
    home.value("a", "x");
    let (path, more) = (home.path(".aws/config"), "[profile a]\nx = 2\n");
    // Replaced by another file, and changed in place with its time set back.
    home.write(&(config.clone() + more));
    assert_eq!(home.value("a", "x"), (is("2", 3004), false));
    assert_eq!(home.value("a", "x"), (is("2", 3004), true));
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    let stamp = || Stamp::of(&file.metadata().unwrap());
    let before = stamp();
    // The times of a file are exact to a few milliseconds.
    while stamp() == before {
        file.write_all_at(b"3", config.len() as u64 + 16).unwrap();
        file.set_modified(modified).unwrap();
    }
    assert_eq!(home.value("a", "x"), (is("3", 3004), false));
    assert_eq!(home.value("a", "x"), (is("3", 3004), true));
    assert_eq!(home.maps().len(), 1);
}

#[test]
fn a_map_is_written_only_for_a_file_that_has_been_still_for_some_time() {
    let home = Home::with(&("[profile a]\nx = 1\n".to_owned() + &padding()));
    home.ahead.set(-3600);
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.maps().len(), 0);
    home.ahead.set(1);
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.maps().len(), 1);
}

#[test]
fn a_small_file_has_no_map_and_the_state_directory_is_created_for_one() {
    let home = Home::with("[profile a]\nx = 1\n");
    home.value("a", "x");
    assert_eq!(home.maps().len(), 0);
    home.write(&("[profile a]\nx = 1\n".to_owned() + &padding()));
    fs::remove_dir_all(home.path(".local")).unwrap();
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.maps().len(), 1);
}

#[test]
fn a_map_that_is_damaged_anywhere_never_gives_a_wrong_answer() {
    let mut config = padding();
    for i in 0..100 {
        write!(config, "[profile p{i}]\nx = {i}\n").unwrap();
    }
    let home = Home::with(&config);
    assert_eq!(home.value("p7", "x"), (is("7", 3016), false));
    let map = home.maps().remove(0);
    let whole = private::read(&map, 1 << 20).unwrap();
    let mut used = 0;
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        private::replace(&map, &bytes).unwrap();
        let (value, only_a_map) = home.value("p7", "x");
        assert_eq!(value, is("7", 3016), "byte {at}");
        used += usize::from(only_a_map);
        // What was found to be damaged was removed or replaced, so the call after the next is fast again.
        home.value("p7", "x");
        assert_eq!(home.value("p7", "x"), (is("7", 3016), true), "byte {at}");
    }
    assert!(used > 100, "damage elsewhere does not matter: {used}");
    for end in [0, 1, HEAD, HEAD + BUCKET, whole.len() - 1] {
        private::replace(&map, &whole[..end]).unwrap();
        assert_eq!(home.value("p99", "x").0, is("99", 3200), "cut off at {end}");
    }
}

#[test]
fn a_map_that_names_another_place_is_found_out() {
    let config = "[profile a]\nx = 1\n[profile b]\nx = 2\n".to_owned() + &padding();
    let home = Home::with(&config);
    home.value("a", "x");
    // A map made for the same state, but of other sections.
    let path = home.path(".aws/config");
    let found = fs::metadata(&path).unwrap();
    let name = home.folder.path().to_str().unwrap();
    let context = Context::made_up([("HOME", name)], || DateTime::UNIX_EPOCH);
    let wanted = Wanted::of(&found, &path, (Which::Config, &context)).unwrap();
    let mut indexer = crate::ini::Indexer::default();
    indexer.feed(config.replace("[profile a]\nx = 1", "#\n[profile a]\n").as_bytes()).unwrap();
    let bytes = wanted.bytes(&indexer.finish().unwrap()).unwrap();
    private::replace(&home.maps()[0], &bytes).unwrap();
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.maps().len(), 0, "it is not used again");
}

#[test]
fn maps_that_nobody_has_written_for_a_month_are_removed() {
    let home = Home::with(&("[profile a]\nx = 1\n".to_owned() + &padding()));
    let state = home.path(".local/state/rolecall");
    let [old, young, other] =
        ["config-1.map", "config-2.map", "audit.log"].map(|it| state.join(it));
    for path in [&old, &young, &other] {
        private::create(path, b"").unwrap();
    }
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(ABANDONED + 1);
    for path in [&old, &other] {
        fs::OpenOptions::new().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }
    home.value("a", "x");
    assert_eq!([old, young, other].map(|path| path.exists()), [false, true, true]);
}

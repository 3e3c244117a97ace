use std::{cell::Cell, fmt::Write as _, os::unix::fs::FileExt as _};

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::{
    error::Result,
    plan::{Environment, Request, resolve},
    profile::{Files, Profile, ProfileSet},
};

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

    /// Calls `act` with the files, as callers that look up a profile do.
    fn look_up<T>(&self, act: impl Fn(&Files) -> Result<T>) -> Result<(Files, T)> {
        let home = self.folder.path().to_str().unwrap();
        let now = DateTime::from(std::time::SystemTime::now());
        let now = now + TimeDelta::seconds(self.ahead.get());
        let context = Context::made_up([("HOME", home)], move || now);
        Files::look_up(&context, act)
    }

    fn files(&self) -> Files {
        self.look_up(|_| Ok(())).unwrap().0
    }

    fn wanted(&self) -> Wanted {
        let path = self.path(".aws/config");
        let name = self.folder.path().to_str().unwrap();
        let context = Context::made_up([("HOME", name)], || DateTime::UNIX_EPOCH);
        let lookup = Lookup { which: Which::Config, path: &path, context: &context };
        Wanted::of(&fs::metadata(&path).unwrap(), &lookup).unwrap()
    }

    /// Writes a map that has the right stamp and digests, but is of another text.
    fn put_map_of(&self, text: &str) {
        let mut indexer = crate::ini::Indexer::default();
        indexer.feed(text.as_bytes()).unwrap();
        let bytes = self.wanted().bytes(&indexer.finish().unwrap()).unwrap();
        private::replace(&self.maps()[0], &bytes).unwrap();
    }

    /// The value of `key` in a profile and its line, and whether only a map was needed for that.
    fn value(&self, profile: &str, key: &str) -> (Option<(String, usize)>, bool) {
        let (files, value) = self
            .look_up(|files| {
                let found = ProfileSet::new(files).profile(profile)?;
                let value =
                    |it: Profile<'_>| Some((it.text(key)?.0.to_owned(), it.setting(key)?.at.line));
                Ok(found.and_then(value))
            })
            .unwrap();
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

/// Resolves a profile as all verbs do.
fn resolved(files: &Files, name: &str) -> Result<()> {
    let context = Context::made_up([], || DateTime::UNIX_EPOCH);
    let set = ProfileSet::new(files);
    resolve(&Request::profile(name), &set, Environment::of(&context)).map(drop)
}

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";

#[test]
fn what_a_map_does_not_have_is_searched_for() {
    let config = format!("[profile a]\n{KEYS}[profile b]\n{KEYS}{}", padding());
    let home = Home::with(&config);
    home.files();
    home.put_map_of(&config.replace("profile b", "profile c"));
    assert!(home.files().config.has_only_a_map());
    // A profile that is missing looks for names that resemble it, and so finds all sections.
    let (files, ()) = home.look_up(|files| resolved(files, "b")).unwrap();
    assert!(!files.config.is_mapped());
    assert_eq!(home.maps().len(), 0, "it is not used again");
    home.files();
    assert_eq!(home.maps().len(), 1);
    let missing = home.look_up(|files| resolved(files, "c")).map(drop).unwrap_err();
    assert_eq!(missing.to_string(), "profile 'c' does not exist");
    assert_eq!(home.maps().len(), 1, "the map was right");
    assert_eq!(ProfileSet::new(&home.files()).names(), ["a", "b"], "all names, with a map");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_read_again() {
    let config = format!("[profile a]\n{KEYS}{}", padding());
    let home = Home::with(&config);
    home.files();
    let path = home.path(".aws/config");
    // By rename and in place, before a section is read and after it, as a whole or cut off.
    let new = config.replace("[profile a]\n", "[profile a]\nx = 2\n[profile b]\n");
    for (in_place, is_late) in [(false, false), (false, true), (true, false), (true, true)] {
        home.write(&config);
        home.files();
        assert!(home.files().config.has_only_a_map());
        let is_first = Cell::new(true);
        let change = || match (is_first.replace(false), in_place) {
            (false, _) => {}
            (true, false) => home.write(&new),
            (true, true) => {
                let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                file.write_all_at(new.as_bytes(), 0).unwrap();
            }
        };
        let (files, x) = home
            .look_up(|files| {
                if !is_late {
                    change();
                }
                let profile = ProfileSet::new(files).profile("a")?;
                if is_late {
                    change();
                }
                Ok(profile.and_then(|profile| Some(profile.text("x")?.0.to_owned())))
            })
            .unwrap();
        assert_eq!(x.as_deref(), Some("2"), "{in_place} {is_late}");
        assert!(!files.config.is_mapped());
    }
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
    for at in (0..whole.len()).step_by(23) {
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
    assert!(used > 20, "damage elsewhere does not matter: {used}");
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
    home.put_map_of(&config.replace("[profile a]\nx = 1", "#\n[profile a]\n"));
    assert_eq!(home.value("a", "x"), (is("1", 2), false));
    assert_eq!(home.maps().len(), 0, "it is not used again");
}

#[test]
fn a_record_of_what_the_file_can_not_have_is_refused() {
    let home = Home::with(&("[profile a]\nx = 1\n".to_owned() + &padding()));
    home.files();
    let map = home.wanted().open().unwrap();
    let length = fs::metadata(home.path(".aws/config")).unwrap().len();
    let spot = Spot { start: 0, end: length, counted: 0, lines: 0 };
    assert!(map.has(0, spot));
    assert!(!map.has(1, spot));
    assert!(!map.has(0, Spot { end: length + 1, ..spot }));
    assert!(!map.has(0, Spot { start: MOST_COUNTED + 1, ..spot }));
}

#[test]
fn a_body_that_is_not_utf_8_has_a_name_all_the_same() {
    let home = Home::with("");
    let mut config = b"[default]\n# caf\xe9\n[profile a]\nx = 1\n".to_vec();
    config.extend(padding().bytes());
    private::replace(&home.path(".aws/config"), &config).unwrap();
    for only_a_map in [false, true, true] {
        assert_eq!(home.value("a", "x"), (is("1", 4), only_a_map));
    }
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

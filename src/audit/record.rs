//! Writing and reading the log.

use std::{io, path::PathBuf};

use super::Entry;
use crate::{
    context::Context,
    redact,
    state::{Log, StateDirectory},
};

/// How each line begins. In a text of JSON, it can stand nowhere else.
const START: &str = "{\"time\":\"";

/// What the log says.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// The hand-outs, the oldest first.
    pub(crate) entries: Vec<Entry>,
    /// How many lines could not be read.
    pub(crate) unreadable: usize,
}

/// Adds an entry to the log.
///
/// # Errors
/// If no state directory can be written to.
pub(crate) fn note(context: &Context, entry: &Entry) -> io::Result<()> {
    let mut line = plain(&redact::urls(&serde_json::to_string(entry)?));
    line.push('\n');
    // The directory is there, except the first time, or if it can't be written to. One that takes its place is not
    // used only because it is there.
    let existing = StateDirectory::existing(context).filter(StateDirectory::is_lasting);
    let written = existing.map(|state| state.append(&Log::HAND_OUTS, &line));
    if let Some(Ok(())) = written {
        return Ok(());
    }
    let usable = StateDirectory::open(context);
    let usable = usable.ok_or_else(|| io::Error::other("no state directory can be used"))?;
    usable.append(&Log::HAND_OUTS, &line)
}

/// Adds a message to the log of messages, if that can be written to.
pub(crate) fn report(context: &Context, message: &str) {
    if let Some(state) = StateDirectory::open(context) {
        state.log(context, message);
    }
}

/// Returns JSON with its other characters than those of ASCII escaped: a person may look at the file in a terminal,
/// and the names of folders are other people's.
fn plain(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            plain.push(character);
        } else {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units);
            plain.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    plain
}

/// Returns the file that new entries go to; `None` if there is no state directory yet.
pub(crate) fn path(context: &Context) -> Option<PathBuf> {
    StateDirectory::existing(context).map(|state| state.log_path(&Log::HAND_OUTS))
}

/// Returns what the log says.
pub(crate) fn recorded(context: &Context) -> Recorded {
    let text = StateDirectory::existing(context).map(|state| state.log_text(&Log::HAND_OUTS));
    let mut recorded = read(&text.unwrap_or_default());
    // There may be more than one directory, and clocks are set.
    recorded.entries.sort_by_key(|entry| entry.time);
    recorded
}

fn read(text: &[u8]) -> Recorded {
    let mut recorded = Recorded::default();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line = String::from_utf8_lossy(line);
        let entry = serde_json::from_str(&line).ok();
        recorded.unreadable += usize::from(entry.is_none());
        // A line that was cut off may be continued by a whole one.
        let last = || serde_json::from_str(&line[line.rfind(START).filter(|at| *at > 0)?..]).ok();
        recorded.entries.extend(entry.or_else(last));
    }
    recorded
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn entry(profile: &str) -> Entry {
        Entry {
            time: DateTime::UNIX_EPOCH,
            profile: Some(profile.to_owned()),
            verb: "env".to_owned(),
            ..Entry::default()
        }
    }

    fn profiles(text: &str) -> (Vec<String>, usize) {
        let Recorded { entries, unreadable } = read(text.as_bytes());
        (entries.into_iter().filter_map(|entry| entry.profile).collect(), unreadable)
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_hides_nothing() {
        let line = |name| serde_json::to_string(&entry(name)).unwrap();
        assert!(line("a").starts_with(START), "{}", line("a"));
        let (a, b) = (line("a"), line("{\"time\":\"b"));
        assert_eq!(
            profiles(&format!("{a}\n\n{b}\n")),
            (vec!["a".into(), "{\"time\":\"b".into()], 0)
        );
        for rubbish in ["x", "{}{}", "\u{0}\u{0}", "[1]", &a[..a.len() - 1], &a[..20]] {
            let found = profiles(&format!("{rubbish}\n{b}\n"));
            assert_eq!(found, (vec!["{\"time\":\"b".into()], 1), "{rubbish}");
            let found = profiles(&format!("{rubbish}{a}\n"));
            assert_eq!(found, (vec!["a".into()], 1), "glued to {rubbish}");
        }
        // A field of a later release is no error.
        let later = a.replacen('{', "{\"time\":\"1970-01-01T00:00:00Z\",\"new\":1,", 1);
        assert_eq!(profiles(&later.replacen(",\"time\":\"1970-01-01T00:00:00Z\"", "", 1)).1, 0);
    }

    #[test]
    #[cfg(unix)]
    fn a_directory_that_once_took_the_place_of_the_lasting_one_is_not_written_to() {
        let root = tempfile::tempdir().unwrap();
        let path = |below: &str| root.path().join(below).to_str().unwrap().to_owned();
        StateDirectory::at(root.path().join("run/rolecall")).unwrap();
        let environment = [("HOME", path("home")), ("XDG_RUNTIME_DIR", path("run"))];
        let environment = environment.iter().map(|(name, value)| (*name, &**value));
        let context = Context::made_up(environment, || DateTime::UNIX_EPOCH);
        note(&context, &entry("a")).unwrap();
        assert!(!root.path().join("run/rolecall/audit.log").exists());
        assert!(root.path().join("home/.local/state/rolecall/audit.log").exists());
    }

    #[test]
    fn an_entry_comes_back_as_it_was_noted() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().to_str().unwrap().to_owned();
        let context = Context::made_up([("HOME", &*home)], || DateTime::UNIX_EPOCH);
        assert_eq!(path(&context), None);
        let hostile =
            Entry { folder: Some("a\nb\u{202e}\u{1b}[31m\u{1f600}".to_owned()), ..entry("a") };
        note(&context, &hostile).unwrap();
        note(&context, &entry("b")).unwrap();
        let Recorded { entries, unreadable } = recorded(&context);
        assert_eq!((entries, unreadable), (vec![hostile, entry("b")], 0));
        let text = std::fs::read_to_string(path(&context).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{text}");
    }
}

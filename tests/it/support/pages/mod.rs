//! The pages of the documentation: as a reader of Markdown sees them, and their commands, which are
//! run as the page has them.
//!
//! A page says in comments what is to be run, and where:
//!
//! ```text
//! <!-- run: keyring mfa -->          what follows is run, on a new stage of this kind
//! <!-- setup: touch report.csv -->   so is this, which readers don't see
//! <!-- not run: needs Docker -->     what follows is not
//! ```
//!
//! Fenced blocks are run by their language: see [`Step`].

mod compare;
mod follow;
mod steps;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::programs;

pub(crate) use compare::matches;
pub(crate) use follow::{MFA_PROMPT, Scene, follow};
pub(crate) use steps::{Region, Step, comment, regions};

/// A time zone in which it is between two and three in the afternoon, as on the pages: a session of
/// an hour expires on the same day, one of twelve hours on the next, whenever the tests run.
pub(crate) fn afternoon() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let hour = since.as_secs() / 3600 % 24;
    // Rule: POSIX, `TZ`: the number is what is added to the local time to get UTC.
    if hour >= 14 { format!("PAGE+{}", hour - 14) } else { format!("PAGE-{}", 14 - hour) }
}

/// One page.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// One line of a page, with its number from 1.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
    /// Whether it is inside of a fenced block, or a fence itself.
    pub(crate) is_fenced: bool,
}

impl Page {
    /// The page at this path of the repository.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(programs::repository().join(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// All pages: those at the top of the repository, and those of `docs`.
    pub(crate) fn all() -> Vec<Self> {
        let mut pages = Vec::new();
        for folder in ["", "docs"] {
            let entries = fs::read_dir(programs::repository().join(folder)).expect("a folder");
            for entry in entries {
                let name = entry.expect("an entry").file_name();
                let path = Path::new(folder).join(name);
                if path.extension().is_some_and(|extension| extension == "md") {
                    pages.push(Self::at(path));
                }
            }
        }
        pages.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(pages.len() > 20, "only {} pages", pages.len());
        pages
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut is_open = false;
        self.text.lines().enumerate().map(move |(i, text)| {
            let is_fence = text.trim_start().starts_with("```");
            let is_fenced = is_open || is_fence;
            is_open ^= is_fence;
            Line { number: i + 1, text, is_fenced }
        })
    }

    /// The anchors of its headings, as GitHub and mdbook make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let headings = self.lines().filter(|line| !line.is_fenced && line.text.starts_with('#'));
        headings
            .map(|line| {
                let slug = slug(line.text.trim_start_matches('#').trim());
                let count = seen.entry(slug.clone()).or_default();
                *count += 1;
                if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
            })
            .collect()
    }

    /// The links of its text, each with its line: what stands in the brackets, and the target.
    pub(crate) fn links(&self) -> Vec<(usize, String)> {
        let kept = self.lines().map(|line| if line.is_fenced { "" } else { line.text });
        let text: String = kept.flat_map(|line| [line, "\n"]).collect();
        let text = without_code(&text);
        let mut found = Vec::new();
        for (start, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for (at, _) in text.match_indices(start) {
                let rest = &text[at + start.len()..];
                let target = rest.split(end).next().unwrap_or_default().trim();
                found.push((text[..at].matches('\n').count() + 1, target.to_owned()));
            }
        }
        found
    }

    /// The place of a line, for messages.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

/// Blanks what is between backticks.
fn without_code(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let parts = paragraph.split('`').enumerate();
        let kept = parts.map(|(i, part)| match i % 2 {
            0 => part.to_owned(),
            _ => part.chars().filter(|c| *c == '\n').collect(),
        });
        kept.collect::<String>()
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    let plain = heading.split("](").next().unwrap_or_default();
    plain
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            _ if c.is_alphanumeric() || "-_".contains(c) => Some(c),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

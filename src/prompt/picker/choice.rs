//! What somebody has typed and chosen in a list.

use std::cmp::Reverse;

use fuzzy_matcher::{FuzzyMatcher as _, skim::SkimMatcherV2};

use super::{
    super::list::{List, Row},
    key::Key,
};

/// The longest filter, in characters.
const LONGEST_FILTER: usize = 256;

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Outcome {
    /// Nothing, or something that is to be shown.
    More,
    /// The choice is made.
    Chosen,
    /// The list was left without a choice.
    Left,
}

/// A list as far as somebody has used it.
pub(in crate::prompt) struct Choice<'l> {
    pub(super) list: &'l List<'l>,
    pub(super) filter: String,
    /// The rows that match the filter, the best first.
    pub(super) matches: Vec<usize>,
    /// Which of the matches is the current one.
    pub(super) current: usize,
    pub(super) marked: Vec<bool>,
    /// Whether the last Enter chose nothing, because nothing matches.
    pub(super) is_in_vain: bool,
    /// Whether the matches are to be shown.
    pub(super) is_open: bool,
    matcher: SkimMatcherV2,
}

impl<'l> Choice<'l> {
    pub(in crate::prompt) fn new(list: &'l List<'l>) -> Self {
        Self {
            list,
            filter: String::new(),
            matches: (0..list.rows.len()).collect(),
            current: 0,
            marked: vec![false; list.rows.len()],
            is_in_vain: false,
            is_open: !list.is_numbered,
            matcher: SkimMatcherV2::default().ignore_case(),
        }
    }

    /// Returns the rows that were chosen: the marked ones in the order of the list, or else the
    /// current one.
    pub(in crate::prompt) fn chosen(&self) -> Vec<usize> {
        let marked: Vec<usize> = (0..self.marked.len()).filter(|row| self.marked[*row]).collect();
        if marked.is_empty() {
            return self.matches.get(self.current).copied().into_iter().collect();
        }
        marked
    }

    /// Does what a key means. `page` is the number of rows on the screen.
    pub(in crate::prompt) fn press(&mut self, key: Key, page: usize) -> Outcome {
        let last = self.matches.len().saturating_sub(1);
        self.is_in_vain = false;
        match key {
            // In a list that is not shown, nothing has been chosen yet.
            Key::Enter if !self.is_open => {}
            Key::Enter if self.chosen().is_empty() => {
                self.is_in_vain = true;
                self.is_open = !self.list.is_numbered;
                self.filter.clear();
                self.search();
            }
            Key::Enter => return Outcome::Chosen,
            Key::Escape => return Outcome::Left,
            Key::End if self.filter.is_empty() => return Outcome::Left,
            Key::Up | Key::Down if !self.is_open => self.is_open = true,
            Key::Up if self.current == 0 => self.current = last,
            Key::Up => self.current -= 1,
            Key::Down if self.current >= last => self.current = 0,
            Key::Down => self.current += 1,
            Key::PageUp => self.current = self.current.saturating_sub(page),
            Key::PageDown => self.current = (self.current + page).min(last),
            Key::First => self.current = 0,
            Key::Last => self.current = last,
            Key::Mark | Key::Character(' ') if self.list.takes_several => self.mark(),
            Key::End | Key::Other | Key::Mark => {}
            Key::Character(character) => {
                if self.filter.chars().count() < LONGEST_FILTER {
                    self.filter.push(character);
                    self.is_open = true;
                    self.search();
                }
            }
            Key::Erase => {
                if self.filter.pop().is_some() {
                    self.search();
                }
            }
            Key::EraseWord => {
                let kept = self.filter.trim_end().rfind(' ').map_or(0, |space| space + 1);
                self.filter.truncate(kept);
                self.search();
            }
            Key::EraseAll => {
                self.filter.clear();
                self.search();
            }
        }
        Outcome::More
    }

    /// Marks the current row, or removes its mark, and goes on to the next.
    fn mark(&mut self) {
        if let Some(row) = self.matches.get(self.current) {
            self.marked[*row] = !self.marked[*row];
            self.current = (self.current + 1).min(self.matches.len() - 1);
        }
    }

    /// Finds the rows in which every word of the filter occurs, letter by letter, in any order of the
    /// words. Rows that match equally well stay in the order of the list.
    fn search(&mut self) {
        let filter = &*self.filter;
        let words: Vec<&str> = filter.split_whitespace().collect();
        let score = |row: &Row| -> Option<i64> {
            // What is typed in full comes first, whatever else contains it.
            if filter.is_empty() {
                return Some(0);
            }
            if row.name == filter {
                return Some(i64::MAX);
            }
            if self.list.is_numbered && is_number(filter) {
                let is_start = row.number.starts_with(filter);
                return is_start.then_some(i64::from(row.number == filter));
            }
            words.iter().map(|word| self.matcher.fuzzy_match(&row.search, word)).sum()
        };
        let rows = self.list.rows.iter().enumerate();
        let mut found: Vec<(i64, usize)> =
            rows.filter_map(|(i, row)| Some((score(row)?, i))).collect();
        found.sort_by_key(|(score, i)| (Reverse(*score), *i));
        self.matches = found.into_iter().map(|(_, i)| i).collect();
        self.current = 0;
    }
}

/// Whether this is the number of a row, and not a part of an account ID.
fn is_number(filter: &str) -> bool {
    filter.len() <= 2 && filter.bytes().all(|byte| byte.is_ascii_digit())
}

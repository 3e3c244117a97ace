//! The cells of a table, and what may happen to them.

use crate::output::{
    Paint,
    width::{cut_arn, tail, width, wrap},
};

/// The columns of spaces between two columns.
pub(super) const GAP: usize = 2;

/// A column: its heading, and what may happen to its cells if the terminal is too narrow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(super) heading: &'static str,
    pub(super) fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Whole,
    Parts,
    Wrapped,
    Tail,
    Below,
}

impl Column {
    /// A column whose cells are always shown whole: account IDs, states, times.
    pub(crate) const fn whole(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Whole }
    }

    /// A column whose cells may continue on the next line, but only after a comma.
    pub(crate) const fn parts(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Parts }
    }

    /// A column whose cells may continue on the next line: names and values. An ARN is cut instead,
    /// behind its account.
    pub(crate) const fn wrapped(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Wrapped }
    }

    /// A column, after all others, whose cells get lines of their own below their row: what only some
    /// rows have.
    pub(crate) const fn below(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Below }
    }

    /// A column whose cells may be cut on the left: roles and paths, whose end says most.
    pub(crate) const fn tail(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Tail }
    }
}

/// The columns and the rows of a table.
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    /// Each has a cell for each column.
    pub(super) rows: Vec<Row>,
}

pub(super) type Row = Vec<Cell>;

/// The text of a cell, escaped; empty if there is no value.
pub(super) struct Cell {
    pub(super) text: Box<str>,
    pub(super) paint: Paint,
}

impl Cell {
    /// Returns what to show: a dash if there is no value.
    pub(super) fn shown(&self) -> &str {
        if self.text.is_empty() { "-" } else { &self.text }
    }
}

/// Returns the lines of a cell in a column that is `most` cells wide.
pub(super) fn fit_cell(text: &str, fit: Fit, most: usize) -> Vec<String> {
    match fit {
        _ if width(text) <= most => vec![text.to_owned()],
        Fit::Whole | Fit::Below => vec![text.to_owned()],
        Fit::Tail => vec![tail(text, most)],
        Fit::Wrapped => cut_arn(text, most).map_or_else(|| wrap(text, most), |arn| vec![arn]),
        Fit::Parts => {
            let mut lines: Vec<String> = Vec::new();
            for part in parts(text) {
                match lines.last_mut().filter(|line| width(line) + 1 + width(part) <= most) {
                    Some(line) => line.push_str(&format!(" {part}")),
                    None => lines.push(part.to_owned()),
                }
            }
            lines
        }
    }
}

/// Returns what a cell may be split into: each part but the last ends with a comma.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(", ").map(str::trim_end)
}

//! Tables for people: columns padded with spaces, no lines.
//!
//! In a pipe a table is as wide as it needs to be. On a terminal it fits: columns without any value
//! are omitted, then cells are wrapped or cut on the left, as their column allows. If that isn't
//! enough, each row becomes a card, with a line for each of its cells.

use super::{
    Paint, escape, painted, shorten,
    width::{tail, width, wrap},
};

/// The most characters of a cell to show; `--output json` has all of it.
const MOST_SHOWN: usize = 400;

/// The narrowest that a column gets by cutting or wrapping its cells.
const NARROWEST: usize = 10;

/// The columns of spaces between two columns.
const GAP: usize = 2;

/// Where a table is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// The terminal's width in cells; `None` if it isn't one.
    pub(crate) width: Option<usize>,
    /// Whether to use colors.
    pub(crate) color: bool,
}

/// A column: its heading, and what may happen to its cells if the terminal is too narrow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    heading: &'static str,
    fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Whole,
    Parts,
    Wrapped,
    Tail,
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

    /// A column whose cells may continue on the next line: names and values.
    pub(crate) const fn wrapped(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Wrapped }
    }

    /// A column whose cells may be cut on the left: roles and paths, whose end says most.
    pub(crate) const fn tail(heading: &'static str) -> Self {
        Self { heading, fit: Fit::Tail }
    }
}

/// Rows of text under a row of headings.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// The text of a cell, escaped; empty if there is no value.
struct Cell {
    text: Box<str>,
    paint: Paint,
}

impl Cell {
    /// Returns what to show: a dash if there is no value.
    fn shown(&self) -> &str {
        if self.text.is_empty() { "-" } else { &self.text }
    }
}

impl Table {
    /// Returns an empty table with these columns, the first of which names the row.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; it must have as many cells as there are columns. They are escaped. An empty one
    /// is shown as a dash.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.painted_row(cells.into_iter().map(|text| (text, Paint::Plain)));
    }

    /// Adds a row of cells with their colors.
    pub(crate) fn painted_row<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, Paint)>) {
        let cell = |(text, paint): (&str, Paint)| {
            let text = shorten(&escape(text), MOST_SHOWN).into_owned().into_boxed_str();
            Cell { text, paint }
        };
        let row: Vec<_> = cells.into_iter().map(cell).collect();
        debug_assert_eq!(row.len(), self.columns.len(), "BUG: a cell for each column");
        self.rows.push(row);
    }

    /// Returns the table as lines that fit the screen.
    pub(crate) fn text(&self, screen: Screen) -> String {
        let shown = self.shown_columns(screen);
        let widths: Vec<usize> = shown.iter().map(|&at| self.natural_width(at)).collect();
        let Some(most) = screen.width else { return self.lines(&shown, &widths, screen) };
        match self.fitted(&shown, widths, most) {
            Some(widths) => self.lines(&shown, &self.tightened(&shown, widths), screen),
            None => self.cards(&shown, most, screen),
        }
    }

    /// Returns the columns to show: in a pipe all of them, so that scripts can count on them.
    fn shown_columns(&self, screen: Screen) -> Vec<usize> {
        let has_value = |at: usize| self.rows.iter().any(|row| !row[at].text.is_empty());
        let all = 0..self.columns.len();
        all.filter(|&at| at == 0 || screen.width.is_none() || has_value(at)).collect()
    }

    fn natural_width(&self, at: usize) -> usize {
        let cells = self.rows.iter().map(|row| width(row[at].shown()));
        cells.max().unwrap_or(0).max(width(self.columns[at].heading))
    }

    /// Returns how narrow a column may get.
    fn least_width(&self, at: usize) -> usize {
        let column = self.columns[at];
        let heading = width(column.heading);
        match column.fit {
            Fit::Whole => usize::MAX,
            Fit::Wrapped | Fit::Tail => heading.max(NARROWEST),
            Fit::Parts => {
                let parts = self.rows.iter().flat_map(|row| parts(row[at].shown()));
                parts.map(width).max().unwrap_or(0).max(heading)
            }
        }
    }

    /// Makes the widest columns narrower until the row fits in `most` cells; `None` if it can't.
    fn fitted(&self, shown: &[usize], mut widths: Vec<usize>, most: usize) -> Option<Vec<usize>> {
        let gaps = GAP * widths.len().saturating_sub(1);
        let least: Vec<usize> = shown.iter().map(|&at| self.least_width(at)).collect();
        loop {
            let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(most);
            if excess == 0 {
                return Some(widths);
            }
            let can_shrink = |&at: &usize| widths[at] > least[at];
            // Parts first: a line break after a comma costs nothing.
            let in_parts = |at: &usize| self.columns[shown[*at]].fit == Fit::Parts;
            let at = (0..widths.len())
                .filter(can_shrink)
                .max_by_key(|at| (in_parts(at), widths[*at]))?;
            // Down to the next widest at once, because a cell may have hundreds of characters.
            let next = (0..widths.len()).filter(|other| *other != at).map(|other| widths[other]);
            let next = next.filter(|other| *other < widths[at]).max().unwrap_or(0);
            let floor = if in_parts(&at) { least[at] } else { next.max(least[at]) };
            widths[at] = floor.min(widths[at] - 1).max(widths[at].saturating_sub(excess));
        }
    }

    /// Gives the room that wrapped lines don't fill to the columns that are cut.
    fn tightened(&self, shown: &[usize], mut widths: Vec<usize>) -> Vec<usize> {
        let mut room = 0;
        for (&at, most) in shown.iter().zip(&mut widths) {
            let Column { heading, fit } = self.columns[at];
            if matches!(fit, Fit::Wrapped | Fit::Parts) {
                let cells = self.rows.iter().map(|row| row[at].shown());
                let lines = cells.flat_map(|cell| fit_cell(cell, fit, *most));
                let used = lines.map(|line| width(&line)).max().unwrap_or(0).max(width(heading));
                room += most.saturating_sub(used);
                *most = used;
            }
        }
        for (&at, width) in shown.iter().zip(&mut widths) {
            if self.columns[at].fit == Fit::Tail {
                let more = room.min(self.natural_width(at).saturating_sub(*width));
                room -= more;
                *width += more;
            }
        }
        widths
    }

    fn lines(&self, shown: &[usize], widths: &[usize], screen: Screen) -> String {
        let mut text = String::new();
        let headings =
            shown.iter().map(|&at| (vec![self.columns[at].heading.to_owned()], Paint::Heading));
        push_row(&mut text, headings.collect(), widths, screen.color);
        for row in &self.rows {
            let cells = shown.iter().zip(widths).map(|(&at, &width)| {
                let cell = &row[at];
                (fit_cell(cell.shown(), self.columns[at].fit, width), cell.paint)
            });
            push_row(&mut text, cells.collect(), widths, screen.color);
        }
        text
    }

    /// Returns each row as a line with its name, then an indented line for each other value.
    fn cards(&self, shown: &[usize], most: usize, screen: Screen) -> String {
        let headings = shown.iter().skip(1).map(|&at| width(self.columns[at].heading));
        let label = headings.max().unwrap_or(0);
        let room = most.saturating_sub(label + 2 * GAP).max(NARROWEST);
        let mut text = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            text.push_str(if i == 0 { "" } else { "\n" });
            for line in wrap(row[0].shown(), most.max(NARROWEST)) {
                text.push_str(&painted(&line, Paint::Heading, screen.color));
                text.push('\n');
            }
            for &at in shown.iter().skip(1).filter(|&&at| !row[at].text.is_empty()) {
                let mut heading = self.columns[at].heading;
                let fit = match self.columns[at].fit {
                    Fit::Tail => Fit::Wrapped, // a card has room for all of it
                    fit => fit,
                };
                for line in fit_cell(&row[at].text, fit, room) {
                    let line = painted(&line, row[at].paint, screen.color);
                    text.push_str(&format!("  {heading:label$}  {line}\n"));
                    heading = "";
                }
            }
        }
        text
    }
}

/// Appends the lines of one row, whose cells have one or more lines each.
fn push_row(text: &mut String, cells: Vec<(Vec<String>, Paint)>, widths: &[usize], color: bool) {
    let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
    for i in 0..height {
        let mut blanks = 0;
        for ((lines, paint), &column) in cells.iter().zip(widths) {
            let line = lines.get(i).map_or("", String::as_str);
            if !line.is_empty() {
                text.extend(std::iter::repeat_n(' ', blanks));
                text.push_str(&painted(line, *paint, color));
                blanks = 0;
            }
            blanks += column.saturating_sub(width(line)) + GAP;
        }
        text.push('\n');
    }
}

/// Returns the lines of a cell in a column that is `most` cells wide.
fn fit_cell(text: &str, fit: Fit, most: usize) -> Vec<String> {
    match fit {
        _ if width(text) <= most => vec![text.to_owned()],
        Fit::Whole => vec![text.to_owned()],
        Fit::Tail => vec![tail(text, most)],
        Fit::Wrapped => wrap(text, most),
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
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(", ").map(str::trim_end)
}

#[cfg(test)]
mod tests;

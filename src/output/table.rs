//! Tables for people: columns padded with spaces, no lines.
//!
//! In a pipe a table is as wide as it needs to be. On a terminal it fits: columns without any value
//! are omitted, then cells are wrapped, cut on the left, or put below their row, as their column
//! allows. A row for which that isn't enough becomes a card, with a line for each of its cells.
//! Table crates cut all columns alike, and on the right.

mod grid;
mod layout;

use super::{
    Paint, escape, painted, shorten,
    width::{width, wrap, wrap_lines},
};
pub(crate) use grid::Column;
use grid::{Cell, Fit, GAP, Grid, Row, fit_cell};
use layout::Layout;

/// The most characters of a cell to show; `--output json` has all of it.
const MOST_SHOWN: usize = 400;

/// The fewest cells for a line of text, if the terminal is even narrower.
const NARROWEST: usize = 10;

/// Where a table is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// The terminal's width in cells; `None` if it isn't one.
    pub(crate) width: Option<usize>,
    /// Whether to use colors.
    pub(crate) color: bool,
}

impl Screen {
    /// Wraps the lines of `text` that are wider than the terminal.
    pub(crate) fn wrapped(self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |most| wrap_lines(text, most))
    }
}

/// Rows of text under a row of headings.
pub(crate) struct Table {
    grid: Grid,
}

impl Table {
    /// Returns an empty table with these columns, the first of which names the row.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { grid: Grid { columns: columns.to_vec(), rows: Vec::new() } }
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
        debug_assert_eq!(row.len(), self.grid.columns.len(), "BUG: a cell for each column");
        self.grid.rows.push(row);
    }

    /// Returns the table as lines that fit the screen.
    pub(crate) fn text(&self, screen: Screen) -> String {
        let layout = Layout::of(&self.grid, screen.width);
        let widths = layout.widths();
        let mut text = String::new();
        if !layout.is_cards_only() {
            let headings =
                layout.beside.iter().map(|(at, _)| self.grid.columns[*at].heading.to_owned());
            let headings = headings.map(|heading| (vec![heading], Paint::Heading));
            text.push_str(&row_text(headings.collect(), &widths, screen.color));
        }
        for (at, row) in self.grid.rows.iter().enumerate() {
            let is_card = layout.is_card(at);
            // A card stands apart from what is around it.
            if at > 0 && (is_card || layout.is_card(at - 1))
                || at == 0 && is_card && !text.is_empty()
            {
                text.push('\n');
            }
            if is_card {
                text.push_str(&self.card_text(row, &layout, screen));
                continue;
            }
            if layout.beside.iter().all(|&(at, most)| width(row[at].shown()) <= most) {
                let cells = layout.beside.iter().map(|&(at, most)| (&row[at], most));
                push_line(&mut text, cells, screen.color);
            } else {
                let cells = layout.beside.iter().map(|&(at, width)| {
                    (fit_cell(row[at].shown(), self.grid.columns[at].fit, width), row[at].paint)
                });
                text.push_str(&row_text(cells.collect(), &widths, screen.color));
            }
            let room = screen.width.unwrap_or(usize::MAX).saturating_sub(GAP).max(NARROWEST);
            for at in layout.below.iter().filter(|at| !row[**at].text.is_empty()) {
                for line in whole_lines(&row[*at].text, room) {
                    text.push_str(&format!("  {}\n", painted(&line, row[*at].paint, screen.color)));
                }
            }
        }
        text
    }

    /// Returns a row as a line with its name, then an indented line for each other value.
    fn card_text(&self, row: &Row, layout: &Layout, screen: Screen) -> String {
        let mut text = String::new();
        let columns = layout.columns();
        let headings = columns.iter().skip(1).map(|at| width(self.grid.columns[*at].heading));
        let label = headings.max().unwrap_or(0);
        let most = screen.width.unwrap_or(usize::MAX);
        let room = most.saturating_sub(label + 2 * GAP).max(NARROWEST);
        for line in wrap(row[0].shown(), most.max(NARROWEST)) {
            text.push_str(&painted(&line, Paint::Heading, screen.color));
            text.push('\n');
        }
        for at in columns.into_iter().skip(1).filter(|at| !row[*at].text.is_empty()) {
            let mut heading = self.grid.columns[at].heading;
            // A card has room for all of it.
            for line in whole_lines(&row[at].text, room) {
                let line = painted(&line, row[at].paint, screen.color);
                text.push_str(&format!("  {heading:label$}  {line}\n"));
                heading = "";
            }
        }
        text
    }
}

/// Returns the lines of a cell of which nothing is cut: divided after commas, if that is enough.
fn whole_lines(text: &str, most: usize) -> Vec<String> {
    fit_cell(text, Fit::Parts, most).into_iter().flat_map(|line| wrap(&line, most)).collect()
}

/// Appends blanks, many at a time.
fn push_blanks(text: &mut String, mut count: usize) {
    const MANY: &str = "                                ";
    while count > 0 {
        let some = count.min(MANY.len());
        text.push_str(&MANY[..some]);
        count -= some;
    }
}

/// Appends a row whose cells all fit, each with the width of its column.
fn push_line<'c>(text: &mut String, cells: impl Iterator<Item = (&'c Cell, usize)>, color: bool) {
    let mut blanks = 0;
    for (cell, column) in cells {
        let shown = cell.shown();
        push_blanks(text, blanks);
        text.push_str(&painted(shown, cell.paint, color));
        blanks = column.saturating_sub(width(shown)) + GAP;
    }
    text.push('\n');
}

/// Returns the lines of one row, whose cells have one or more lines each.
fn row_text(cells: Vec<(Vec<String>, Paint)>, widths: &[usize], color: bool) -> String {
    let mut text = String::new();
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
    text
}

#[cfg(test)]
mod tests;

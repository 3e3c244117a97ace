//! How a list looks: lines that fit into the terminal.

use super::{
    super::list::{List, Row},
    choice::Choice,
};
use crate::output::{escape, head, tail, width};

/// The most rows that are shown at once.
const MOST_ROWS: usize = 12;
/// The lines beside the rows: the filter and the help.
const OTHER_LINES: usize = 2;
/// The widest that a name may be, in cells, before it is cut.
const WIDEST_NAME: usize = 48;
/// The fewest cells of a role that are worth showing.
const NARROWEST_ROLE: usize = 8;
const GAP: usize = 2;

/// The size of a terminal in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) struct Size {
    pub(in crate::prompt) columns: usize,
    pub(in crate::prompt) lines: usize,
}

/// The widths of the cells, in terminal cells.
pub(super) struct Columns([usize; 4]);

impl Columns {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut widths = [0; 4];
        for row in rows {
            for (widest, cell) in widths.iter_mut().zip(cells(row)) {
                *widest = (*widest).max(width(&escape(cell)));
            }
        }
        widths[0] = widths[0].min(WIDEST_NAME);
        Self(widths)
    }

    /// Returns the widths for a line of `columns`. Where there is no room, the role becomes narrower,
    /// then the columns behind the name disappear, the last first.
    fn for_width(&self, columns: usize) -> [usize; 4] {
        let mut widths = self.0;
        let total =
            |widths: &[usize; 4]| widths.iter().filter(|w| **w > 0).map(|w| w + GAP).sum::<usize>();
        let room = columns + GAP;
        let excess = total(&widths).saturating_sub(room);
        let role = widths[2].saturating_sub(excess);
        widths[2] = if role < NARROWEST_ROLE.min(widths[2]) { 0 } else { role };
        for last in [3, 1] {
            if total(&widths) > room {
                widths[last] = 0;
            }
        }
        widths[0] = widths[0].min(columns);
        widths
    }
}

/// The part of a list that is shown.
pub(in crate::prompt) struct View {
    columns: Columns,
    /// The first of the matches that is shown.
    top: usize,
}

/// What is on the screen.
pub(in crate::prompt) struct Drawing {
    /// The line with the filter, behind which is the cursor.
    pub(in crate::prompt) first: String,
    /// The lines below it. No line is as wide as the terminal.
    pub(in crate::prompt) below: Vec<String>,
}

impl View {
    pub(in crate::prompt) fn of(list: &List<'_>) -> Self {
        Self { columns: Columns::of(list.rows), top: 0 }
    }

    /// Returns the number of rows that fit into a terminal of this size.
    pub(in crate::prompt) fn page(size: Size) -> usize {
        size.lines.saturating_sub(OTHER_LINES + 1).clamp(1, MOST_ROWS)
    }

    /// Returns what to show in a terminal of this size.
    pub(in crate::prompt) fn draw(&mut self, choice: &Choice<'_>, size: Size) -> Drawing {
        // A terminal may start a new line after its last column.
        let columns = size.columns.saturating_sub(1).max(1);
        let prompt = format!("{}: ", choice.list.heading);
        let room = columns.saturating_sub(width(&prompt) + 1);
        let first = format!("{prompt}{}", tail(&escape(&choice.filter), room));
        let mut below = Vec::new();
        if choice.is_in_vain {
            below.push(format!("  there is no such {}", choice.list.item));
        } else if choice.is_open {
            self.add_rows(choice, size, &mut below);
        }
        if choice.is_open {
            below.push(help(choice));
        }
        let below = below.iter().map(|line| fitted(line, columns)).collect();
        Drawing { first: head(&first, columns), below }
    }

    fn add_rows(&mut self, choice: &Choice<'_>, size: Size, lines: &mut Vec<String>) {
        let page = Self::page(size);
        if choice.current < self.top {
            self.top = choice.current;
        } else if choice.current >= self.top + page {
            self.top = choice.current + 1 - page;
        }
        let several = choice.list.takes_several;
        let room = size.columns.saturating_sub(if several { 7 } else { 3 });
        let widths = self.columns.for_width(room);
        for (i, row) in choice.matches.iter().enumerate().skip(self.top).take(page) {
            let pointer = if i == choice.current { "> " } else { "  " };
            let mark = match (several, choice.marked[*row]) {
                (false, _) => "",
                (true, false) => "[ ] ",
                (true, true) => "[x] ",
            };
            lines.push(format!("{pointer}{mark}{}", line_of(&choice.list.rows[*row], widths)));
        }
        if choice.matches.is_empty() {
            lines.push("  nothing matches".to_owned());
        }
    }
}

/// Returns a line that fits into so many columns; that of the current row in bold, which is readable in
/// any colors.
fn fitted(line: &str, columns: usize) -> String {
    let line = head(line.trim_end(), columns);
    if line.starts_with('>') { format!("\x1b[1m{line}\x1b[0m") } else { line }
}

/// Returns how many rows there are, and what the keys do.
fn help(choice: &Choice<'_>) -> String {
    let (found, all) = (choice.matches.len(), choice.list.rows.len());
    let count = if found == all { format!("{all}") } else { format!("{found} of {all}") };
    let marked = match choice.marked.iter().filter(|marked| **marked).count() {
        0 => String::new(),
        marked => format!(", {marked} marked"),
    };
    let keys = if choice.list.takes_several { "Space marks" } else { "Up/Down move" };
    format!("  {count}{marked}. Type to filter, {keys}, Enter selects, Esc cancels")
}

/// Returns the line that is left on the screen when the choice is made.
pub(in crate::prompt) fn summary(choice: &Choice<'_>, size: Size) -> String {
    let rows = &choice.list.rows;
    let names: Vec<_> = choice.chosen().iter().map(|row| escape(&rows[*row].name)).collect();
    let text = format!("{}: {}", choice.list.heading, names.join(", "));
    head(&text, size.columns.saturating_sub(1).max(1))
}

/// What is shown of a row.
fn cells(row: &Row) -> [&str; 4] {
    let [first, second, third] = &row.details;
    [&row.label, first, second, third]
}

fn line_of(row: &Row, widths: [usize; 4]) -> String {
    let mut line = String::new();
    for (i, (cell, room)) in cells(row).into_iter().zip(widths).enumerate() {
        if room == 0 {
            continue;
        }
        let cell = escape(cell);
        let cell = if i == 2 { tail(&cell, room) } else { head(&cell, room) };
        line.push_str(&cell);
        line.push_str(&" ".repeat(room.saturating_sub(width(&cell)) + GAP));
    }
    line
}

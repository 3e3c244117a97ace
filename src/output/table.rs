//! A plain table: columns padded with spaces, no lines.

use std::io::{self, Write};

use super::{escape, shorten};

/// The most of a cell that is shown; `--output json` has all of it.
const MOST_SHOWN: usize = 400;

/// Rows of text under a row of headings. Cells are escaped when they are added.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row; it should have as many cells as there are headings.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let shown = |cell| shorten(&escape(cell), MOST_SHOWN).into_owned();
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// Writes headings and rows, the columns two spaces apart.
    pub fn print(&self, to: &mut dyn Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        to.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_can_be_printed() {
        let mut table = Table::new(&["KEY", "VALUE"]);
        table.row(["a", &"x".repeat(100_000)]);
        let mut text = Vec::new();
        table.print(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().ends_with("xxx…\n"));
    }

    #[test]
    fn columns_line_up_and_lines_do_not_trail_spaces() {
        let mut table = Table::new(&["NAME", "ROLE"]);
        table.row(["a-long-name", "r"]);
        table.row(["b", "\u{1b}"]);
        let mut text = Vec::new();
        table.print(&mut text).unwrap();
        let expected = "NAME         ROLE\na-long-name  r\nb            \\u{1b}\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}

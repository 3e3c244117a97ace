//! A plain table: columns padded with spaces, no lines.

use std::borrow::Cow;

use super::{escape, shorten};

/// The most characters of a cell to show; `--output json` has all of it.
const MOST_SHOWN: usize = 400;

/// Rows of text under a row of headings. Cells are escaped when they are added.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns an empty table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row; it should have as many cells as there are headings.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let shown = |cell| shorten(&escape(cell), MOST_SHOWN).into_owned();
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// Returns headings and rows as text, the columns two spaces apart. To fit lines into `width`,
    /// the widest cells are cut, those of the first column, which names the row, last.
    pub fn text(&self, width: Option<usize>) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max()
        };
        let mut widths: Vec<usize> = (0..columns).map(|c| widest(c).unwrap_or(0)).collect();
        if let Some(width) = width {
            self.fit(&mut widths, width);
        }
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, &width) in row.iter().zip(&widths) {
                let cell = cut(cell, width);
                line.push_str(&format!("{cell:<width$}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Makes the widest columns narrower until all of them fit or can't shrink further.
    fn fit(&self, widths: &mut [usize], most: usize) {
        let gaps = 2 * widths.len().saturating_sub(1);
        let heading = |column: usize| self.rows[0].get(column).map_or(0, |h| h.chars().count());
        let least = |column: usize| heading(column).max(NARROWEST);
        loop {
            let too_much = (widths.iter().sum::<usize>() + gaps).saturating_sub(most);
            let can_shrink = |column: &usize| widths[*column] > least(*column);
            let others = (1..widths.len()).filter(can_shrink).max_by_key(|column| widths[*column]);
            let Some(column) = others.or_else(|| Some(0).filter(can_shrink)) else { return };
            if too_much == 0 {
                return;
            }
            // Down to the next widest at once, because a cell may have hundreds of characters.
            let next = (1..widths.len()).filter(|other| *other != column).map(|c| widths[c]);
            let floor = next.max().unwrap_or(0).max(least(column));
            let floor = floor.min(widths[column] - 1);
            widths[column] = floor.max(widths[column].saturating_sub(too_much));
        }
    }
}

/// The least width of a column.
const NARROWEST: usize = 8;

/// Cuts `cell` to `width` characters, with an ellipsis if there are more.
fn cut(cell: &str, width: usize) -> Cow<'_, str> {
    if cell.chars().nth(width).is_none() { cell.into() } else { shorten(cell, width.max(1) - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_can_be_printed() {
        let mut table = Table::new(&["KEY", "VALUE"]);
        table.row(["a", &"x".repeat(100_000)]);
        let text = table.text(None);
        assert!(text.ends_with("xxx…\n"));
    }

    #[test]
    fn columns_line_up_and_lines_do_not_trail_spaces() {
        let mut table = Table::new(&["NAME", "ROLE"]);
        table.row(["a-long-name", "r"]);
        table.row(["b", "\u{1b}"]);
        let text = table.text(None);
        let expected = "NAME         ROLE\na-long-name  r\nb            \\u{1b}\n";
        assert_eq!(text, expected);
    }

    fn lines(table: &Table, width: usize) -> Vec<String> {
        let text = table.text(Some(width));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_too_wide_is_cut_where_it_is_widest() {
        let mut table = Table::new(&["NAME", "ROLE", "ACCOUNT"]);
        table.row(["a-name-of-twenty-chr", &"r".repeat(60), "222222222222"]);
        let shown = lines(&table, 80);
        assert!(shown.iter().all(|line| line.chars().count() <= 80), "{shown:?}");
        let role = format!("{}…", "r".repeat(43));
        assert_eq!(shown[1], format!("a-name-of-twenty-chr  {role}  222222222222"));
        assert_eq!(lines(&table, 96)[1].chars().count(), 96, "it fits, and nothing is cut");
        assert!(!lines(&table, 96)[1].contains('…'));
    }

    #[test]
    fn the_first_column_is_cut_last_and_no_column_to_nothing() {
        let mut table = Table::new(&["NAME", "SOURCE", "MFA"]);
        table.row([&*"n".repeat(30), &"s".repeat(30), "yes"]);
        assert_eq!(lines(&table, 45)[1], format!("{}  sssssss…  yes", "n".repeat(30)));
        assert_eq!(lines(&table, 40)[1], format!("{}…  sssssss…  yes", "n".repeat(24)));
        assert_eq!(lines(&table, 3)[1], "nnnnnnn…  sssssss…  yes");
        let mut table = Table::new(&["A", "B", "C"]);
        table.row(["a", &*"b".repeat(300), &*"c".repeat(300)]);
        assert_eq!(lines(&table, 35)[1], format!("a  {}…  {}…", "b".repeat(14), "c".repeat(14)));
    }
}

//! How wide each column of a table is, what goes below its row, and which rows become cards.

use super::grid::{Fit, GAP, Grid, Row, fit_cell, parts};
use crate::output::width::width;

/// The steps in which columns get narrower until the rows fit: which ones, and down to how many
/// cells. The end of a role is enough to recognize it, so it is cut before a name is wrapped.
const STEPS: [(Fit, usize); 5] =
    [(Fit::Parts, 0), (Fit::Tail, 16), (Fit::Wrapped, 20), (Fit::Tail, 8), (Fit::Wrapped, 8)];
/// How many of them leave rows that are still easy to read.
const GENTLE: usize = 3;

/// Where each cell of a table goes.
pub(super) struct Layout {
    /// The columns beside each other, with their widths.
    pub(super) beside: Vec<(usize, usize)>,
    /// The columns whose cells have lines of their own below their row.
    pub(super) below: Vec<usize>,
    /// Whether each row is a card; empty if none is.
    cards: Vec<bool>,
}

impl Layout {
    /// Returns the layout for a terminal of `most` cells; if `None`, all columns are whole.
    pub(super) fn of(grid: &Grid, most: Option<usize>) -> Self {
        let all: Vec<usize> = (0..grid.columns.len()).collect();
        let Some(most) = most else { return Self::whole(grid, all) };
        let has_value = |at: usize| grid.rows.iter().any(|row| !row[at].text.is_empty());
        let is_shown = |at: &usize| *at == 0 || grid.rows.is_empty() || has_value(*at);
        let shown: Vec<usize> = all.into_iter().filter(is_shown).collect();
        let whole = Self::whole(grid, shown.clone());
        if total(&whole.widths()) <= most {
            return whole;
        }
        let gently = Lines { grid, columns: &shown, cards: &[] }.narrowed(&STEPS[..GENTLE], most);
        if total(&gently) <= most {
            let beside = shown.into_iter().zip(gently).collect();
            return Self::new(grid, beside, Vec::new());
        }
        let is_below = |at: &usize| grid.columns[*at].fit == Fit::Below;
        let (below, beside): (Vec<usize>, Vec<usize>) = shown.into_iter().partition(is_below);
        match grid.cards(&beside, most) {
            Some(cards) => {
                let lines = Lines { grid, columns: &beside, cards: &cards };
                let widths = lines.narrowed(&STEPS, most);
                let beside = beside.into_iter().zip(widths).collect();
                Self { below, ..Self::new(grid, beside, cards) }
            }
            None => Self {
                beside: beside.into_iter().map(|at| (at, 0)).collect(),
                below,
                cards: vec![true; grid.rows.len()],
            },
        }
    }

    fn whole(grid: &Grid, columns: Vec<usize>) -> Self {
        let beside = columns.into_iter().map(|at| (at, grid.natural_width(at, &[]))).collect();
        Self { beside, below: Vec::new(), cards: Vec::new() }
    }

    /// Returns the layout with these columns and their widths. What wrapped lines don't fill goes to the columns that
    /// are cut.
    fn new(grid: &Grid, mut beside: Vec<(usize, usize)>, cards: Vec<bool>) -> Self {
        let mut room = 0;
        for (at, most) in &mut beside {
            let fit = grid.columns[*at].fit;
            if matches!(fit, Fit::Wrapped | Fit::Parts) {
                let cells = grid.lines(&cards).map(|row| row[*at].shown());
                let lines = cells.flat_map(|cell| fit_cell(cell, fit, *most));
                let used = lines.map(|line| width(&line)).max().unwrap_or(0);
                let used = used.max(width(grid.columns[*at].heading));
                room += most.saturating_sub(used);
                *most = used;
            }
        }
        for (at, width) in &mut beside {
            if grid.columns[*at].fit == Fit::Tail {
                let more = room.min(grid.natural_width(*at, &cards).saturating_sub(*width));
                room -= more;
                *width += more;
            }
        }
        Self { beside, below: Vec::new(), cards }
    }

    pub(super) fn widths(&self) -> Vec<usize> {
        self.beside.iter().map(|(_, width)| *width).collect()
    }

    /// Returns the columns to show, in their order.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.beside.iter().map(|(at, _)| *at).collect();
        columns.extend(&self.below);
        columns.sort_unstable();
        columns
    }

    pub(super) fn is_card(&self, row: usize) -> bool {
        is_card(&self.cards, row)
    }

    /// Returns whether no row is a line under the headings.
    pub(super) fn is_cards_only(&self) -> bool {
        !self.cards.is_empty() && self.cards.iter().all(|is_card| *is_card)
    }
}

impl Grid {
    /// Returns the rows that are not cards.
    fn lines<'t>(&'t self, cards: &'t [bool]) -> impl Iterator<Item = &'t Row> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(at, _)| !is_card(cards, *at)).map(|(_, row)| row)
    }

    /// Returns the width of a column in which everything is whole.
    fn natural_width(&self, at: usize, cards: &[bool]) -> usize {
        let cells = self.lines(cards).map(|row| width(row[at].shown()));
        cells.max().unwrap_or(0).max(width(self.columns[at].heading))
    }

    /// Returns the least width that a row needs for one of its cells.
    fn least_width(&self, row: &Row, at: usize) -> usize {
        let cell = row[at].shown();
        let narrowest = |fit: Fit| {
            let last = STEPS.iter().rev().find(|(step, _)| *step == fit);
            last.map_or(0, |(_, cells)| *cells)
        };
        match self.columns[at].fit {
            Fit::Parts => parts(cell).map(width).max().unwrap_or(0),
            fit @ (Fit::Tail | Fit::Wrapped) => width(cell).min(narrowest(fit)),
            Fit::Whole | Fit::Below => width(cell),
        }
    }

    /// Returns which rows become cards so that the others fit: the widest ones, and only if the
    /// others are at least half of all. `None` if they aren't.
    fn cards(&self, columns: &[usize], most: usize) -> Option<Vec<bool>> {
        let least =
            |row: &Row| columns.iter().map(|at| self.least_width(row, *at)).collect::<Vec<_>>();
        let mut rows: Vec<(usize, usize)> =
            self.rows.iter().enumerate().map(|(at, row)| (total(&least(row)), at)).collect();
        rows.sort_unstable();
        let mut widths: Vec<usize> =
            columns.iter().map(|at| width(self.columns[*at].heading)).collect();
        let mut lines = 0;
        for (_, at) in &rows {
            for (width, least) in widths.iter_mut().zip(least(&self.rows[*at])) {
                *width = least.max(*width);
            }
            if total(&widths) > most {
                break;
            }
            lines += 1;
        }
        if lines == 0 || lines * 2 < rows.len() {
            return None;
        }
        let mut cards = if lines == rows.len() { Vec::new() } else { vec![false; rows.len()] };
        for (_, at) in &rows[lines..] {
            cards[*at] = true;
        }
        Some(cards)
    }
}

/// The rows that are not cards, in some of their columns.
struct Lines<'t> {
    grid: &'t Grid,
    columns: &'t [usize],
    cards: &'t [bool],
}

impl Lines<'_> {
    /// Returns the widths after as many of `steps` as it takes to fit in `most` cells, or after all.
    fn narrowed(&self, steps: &[(Fit, usize)], most: usize) -> Vec<usize> {
        let Self { grid, columns, cards } = self;
        let natural = columns.iter().map(|at| grid.natural_width(*at, cards));
        let mut widths: Vec<usize> = natural.collect();
        for (fit, cells) in steps {
            let mut floors = Vec::new();
            for (i, at) in columns.iter().enumerate() {
                if grid.columns[*at].fit == *fit {
                    let least = grid.lines(cards).map(|row| grid.least_width(row, *at));
                    let least = least.max().unwrap_or(0);
                    floors.push((i, least.max(*cells).max(width(grid.columns[*at].heading))));
                }
            }
            shrink(&mut widths, &floors, most);
        }
        widths
    }
}

fn is_card(cards: &[bool], row: usize) -> bool {
    cards.get(row).is_some_and(|is_card| *is_card)
}

/// Makes the widest of some columns narrower, each down to its floor, until all columns fit.
fn shrink(widths: &mut [usize], floors: &[(usize, usize)], most: usize) {
    loop {
        let excess = total(widths).saturating_sub(most);
        let can_shrink = floors.iter().filter(|(at, floor)| widths[*at] > *floor);
        let widest = can_shrink.max_by_key(|(at, _)| widths[*at]);
        let Some(&(widest, floor)) = widest.filter(|_| excess > 0) else { return };
        // Down to the next widest at once, because a cell may have hundreds of characters.
        let others = floors.iter().map(|(at, _)| widths[*at]);
        let next = others.filter(|other| *other < widths[widest]).max().unwrap_or(0);
        let target = next.max(floor).min(widths[widest] - 1);
        widths[widest] = target.max(widths[widest].saturating_sub(excess));
    }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

//! A terminal's screen: what is written to it, as text and as a picture.

/// How many pixels a character and a line take, and the margin.
const CELL: (f32, f32) = (8.4, 19.0);
const MARGIN: (f32, f32) = (18.0, 46.0);

/// One character and its style: an SGR color (0 for none), and whether it is bold or dim.
#[derive(Clone, Copy, PartialEq)]
struct Cell {
    letter: char,
    style: Style,
}

#[derive(Clone, Copy, Default, PartialEq)]
struct Style {
    color: u8,
    is_bold: bool,
    is_dim: bool,
}

/// The lines so far; there is no limit to them.
#[derive(Default)]
pub(super) struct Screen {
    lines: Vec<Vec<Cell>>,
    row: usize,
    column: usize,
    style: Style,
}

impl Screen {
    /// Does what a terminal does with the text: colors, and lines that are erased again.
    pub(super) fn write(&mut self, text: &str) {
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\r' => self.column = 0,
                '\n' => (self.row, self.column) = (self.row + 1, 0),
                '\x1b' => {
                    let rest = letters.as_str().trim_start_matches('[');
                    let end = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
                    self.control(&rest[..end]);
                    letters = rest[end..].chars();
                }
                '\x08' => self.column = self.column.saturating_sub(1),
                _ if letter.is_control() => {}
                _ => self.put(letter),
            }
        }
    }

    fn control(&mut self, sequence: &str) {
        let Some(last) = sequence.chars().last() else { return };
        let numbers = sequence.trim_end_matches(last).trim_start_matches('?').split(';');
        let numbers: Vec<usize> = numbers.map(|number| number.parse().unwrap_or(0)).collect();
        match last {
            'm' => numbers.iter().for_each(|number| self.style.apply(*number)),
            'K' => {
                let from = if numbers == [2] { 0 } else { self.column };
                if let Some(line) = self.lines.get_mut(self.row) {
                    line.truncate(from);
                }
            }
            'A' => self.row = self.row.saturating_sub(numbers[0].max(1)),
            _ => {}
        }
    }

    fn put(&mut self, letter: char) {
        let blank = Cell { letter: ' ', style: Style::default() };
        self.lines.resize_with(self.lines.len().max(self.row + 1), Vec::new);
        let line = &mut self.lines[self.row];
        line.resize(line.len().max(self.column + 1), blank);
        line[self.column] = Cell { letter, style: self.style };
        self.column += 1;
    }

    pub(super) fn text(&self) -> String {
        let line = |line: &Vec<Cell>| line.iter().map(|cell| cell.letter).collect::<String>();
        self.lines.iter().map(|cells| line(cells).trim_end().to_owned() + "\n").collect()
    }

    pub(super) fn to_svg(&self) -> String {
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or_default().max(80);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let pixels = |count: usize, cell: f32| count as f32 * cell;
        let width = 2.0 * MARGIN.0 + pixels(columns, CELL.0);
        let height = MARGIN.1 + MARGIN.0 + pixels(self.lines.len(), CELL.1);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" role=\"img\" aria-labelledby=\"title\">\n\
             <title id=\"title\">A terminal: an access key is stored, a role is added, one MFA code is asked for, \
             and the second call needs none</title>\n\
             <rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"9\" fill=\"#1b1f27\"/>\n\
             <circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#ff5f57\"/>\n\
             <circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#febc2e\"/>\n\
             <circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#28c840\"/>\n\
             <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
             font-size=\"14\" fill=\"#d5dae3\">\n"
        );
        for (i, line) in self.lines.iter().enumerate() {
            let y = MARGIN.1 + pixels(i, CELL.1) + 8.0;
            let mut column = 0;
            svg.push_str(&format!("<text y=\"{y:.0}\">"));
            for part in line.chunk_by(|a, b| a.style == b.style) {
                let x = MARGIN.0 + pixels(column, CELL.0);
                let text: String = part.iter().map(|cell| cell.letter).collect();
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                // Ordinary spaces would be drawn as one.
                let text = text.replace(' ', "\u{a0}");
                let (length, style) = (pixels(part.len(), CELL.0), part[0].style.attributes());
                svg.push_str(&format!(
                    "<tspan x=\"{x:.1}\" textLength=\"{length:.1}\"{style}>{text}</tspan>"
                ));
                column += part.len();
            }
            svg.push_str("</text>\n");
        }
        svg + "</g>\n</svg>\n"
    }
}

impl Style {
    /// Rule: ECMA-48, SELECT GRAPHIC RENDITION.
    fn apply(&mut self, number: usize) {
        match number {
            0 => *self = Self::default(),
            1 => self.is_bold = true,
            2 => self.is_dim = true,
            22 => (self.is_bold, self.is_dim) = (false, false),
            39 => self.color = 0,
            30..=37 | 90..=97 => self.color = u8::try_from(number).expect("small"),
            _ => {}
        }
    }

    fn attributes(self) -> String {
        let color = match self.color {
            31 | 91 => "#ff7b72",
            32 | 92 => "#7ee787",
            33 | 93 => "#f2cc60",
            34 | 94 => "#79c0ff",
            35 | 95 => "#d2a8ff",
            36 | 96 => "#76e3ea",
            _ if self.is_dim => "#8b94a3",
            _ if self.is_bold => "#ffffff",
            _ => "",
        };
        let color = if color.is_empty() { String::new() } else { format!(" fill=\"{color}\"") };
        let weight = if self.is_bold { " font-weight=\"bold\"" } else { "" };
        color + weight
    }
}

mod tests {
    use super::Screen;

    #[test]
    fn what_was_erased_or_written_over_is_not_shown() {
        let mut screen = Screen::default();
        screen.write("Waiting for STS\r\x1b[2Ka\x1b[1;32mb\x1b[0m <c>\r\nfour\rF\r\n\r\nx\x1b[31m");
        assert_eq!(screen.text(), "ab <c>\nFour\n\nx\n");
        let svg = screen.to_svg();
        assert!(svg.contains("fill=\"#7ee787\" font-weight=\"bold\">b</tspan>"), "{svg}");
        assert!(svg.contains("&lt;c&gt;"), "{svg}");
    }
}

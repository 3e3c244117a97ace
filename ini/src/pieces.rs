//! A text split into sections, which can be added, renamed, replaced and removed.

use super::edit::{Spacing, Style};
use super::lines::{BOM, Lines, count_lines, is_blank_or_comment, split_ending, trim};
use super::refusal::EditError;
use super::scan::{Checkpoint, Section, first_header, header_name, next_header};
use super::syntax_error::SyntaxError;
use super::verify::check_new_section;

/// A section of the document that returned this id. It stays valid through all edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SectionId(pub(super) usize);

/// A text split before each header, so that an edit moves only its own section.
#[derive(Clone)]
pub(super) struct Pieces {
    preamble: String,
    /// A removed section leaves an empty text, since an id is an index.
    pub(super) sections: Vec<Piece>,
}

/// A section's header and body.
#[derive(Clone)]
pub(super) struct Piece {
    text: String,
    pub(super) line: usize,
}

impl Piece {
    pub(super) fn section(&self) -> Result<Section<'_>, SyntaxError> {
        let checkpoint = Checkpoint { offset: 0, line: self.line };
        Section::parse(&self.text, 0..self.text.len(), checkpoint)
    }
}

impl Pieces {
    pub(super) fn parse(text: &str) -> Self {
        let mut start = first_header(text);
        let preamble = text[..start].to_owned();
        let mut line = 1 + count_lines(&preamble);
        let mut sections = Vec::new();
        while start < text.len() {
            let end = next_header(text, start);
            let text = text[start..end].to_owned();
            start = end;
            let lines = count_lines(&text);
            sections.push(Piece { text, line });
            line += lines;
        }
        Self { preamble, sections }
    }

    /// The texts of the pieces, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        std::iter::once(self.preamble.as_str())
            .chain(self.sections.iter().map(|piece| piece.text.as_str()))
    }

    /// The text before section `at`: that of the last section above that was not removed, or the text
    /// above the first header.
    fn text_before(&self, at: usize) -> &str {
        let above = self.sections[..at].iter().rev().map(|piece| piece.text.as_str());
        above.chain([self.preamble.as_str()]).find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn text_before_mut(&mut self, at: usize) -> &mut String {
        match self.sections[..at].iter().rposition(|piece| !piece.text.is_empty()) {
            Some(above) => &mut self.sections[above].text,
            None => &mut self.preamble,
        }
    }

    /// The line ending and the spacing for lines that have no neighbor to take them from.
    pub(super) fn style(&self) -> Style<'_> {
        Style { spacing: self.spacing(), ending: self.ending() }
    }

    fn spacing(&self) -> Spacing<'_> {
        self.sections
            .iter()
            .filter_map(|piece| piece.section().ok())
            .find_map(|section| Spacing::first_in(section.body()))
            .unwrap_or(Spacing::USUAL)
    }

    /// The line ending of the document's last line that has one.
    fn ending(&self) -> &'static str {
        let last = self.iter().rev().find_map(|text| text.rfind('\n').map(|at| &text[..at]));
        if last.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
    }

    pub(super) fn append(
        &mut self,
        name: &str,
        properties: &[(&str, &str)],
    ) -> Result<SectionId, EditError> {
        let last = self.text_before(self.sections.len());
        let last = last.strip_prefix(BOM).unwrap_or(last);
        let lacks_newline = !last.is_empty() && !last.ends_with('\n');
        let separator = self.separator(last);
        let ending = self.ending();
        let spacing = self.spacing();

        let mut text = format!("[{name}]");
        for (key, value) in properties {
            text.push_str(ending);
            text.push_str(&spacing.write(key, value));
        }
        if !lacks_newline {
            text.push_str(ending);
        }
        check_new_section(&text, name, properties)?;

        self.text_before_mut(self.sections.len()).push_str(&separator);
        let last = self.sections.iter().rfind(|piece| !piece.text.is_empty());
        let line = match last {
            Some(last) => last.line + count_lines(&last.text),
            None => 1 + count_lines(&self.preamble),
        };
        self.sections.push(Piece { text, line });
        Ok(SectionId(self.sections.len() - 1))
    }

    /// The text between `last`, the text of the last section, and a new section: its line ending if it
    /// has none, and a blank line.
    fn separator(&self, last: &str) -> String {
        let mut separator = String::new();
        if last.is_empty() {
            return separator;
        }
        let ending = self.ending();
        let closed = last.strip_suffix('\n');
        if closed.is_none() {
            // A `\r` at the end of the text is part of the line, and stays so only before another one.
            separator.push_str(if last.ends_with('\r') { "\r\n" } else { ending });
        }
        let closed = closed.unwrap_or(last);
        let line = &closed[closed.rfind('\n').map_or(0, |at| at + 1)..];
        if !line.trim().is_empty() {
            separator.push_str(ending);
        }
        separator
    }

    /// Replaces the text of a section, and updates the line numbers of those below.
    pub(super) fn replace(&mut self, id: SectionId, text: String) {
        let Some((piece, below)) = self.sections[id.0..].split_first_mut() else {
            return;
        };
        let (old, new) = (count_lines(&piece.text), count_lines(&text));
        piece.text = text;
        for piece in below {
            piece.line = piece.line + new - old;
        }
    }

    /// The text of a section with another name.
    pub(super) fn renamed(&self, id: SectionId, name: &str) -> Result<String, EditError> {
        let section = self.section(id)?;
        let header = section.header();
        // A header starts with its bracket, and its name ends at the last `]`.
        let renamed = format!("[{name}{}", &header[1 + section.name.len()..]);
        let (line, _) = split_ending(&renamed);
        if header_name(line) != Ok(name) {
            return Err(EditError::ReadsBackDifferently);
        }
        Ok(renamed + section.body())
    }

    /// Removes sections, except for what belongs to the next ones.
    pub(super) fn remove(&mut self, sections: &[SectionId]) -> Result<(), EditError> {
        let removed = sections.iter().try_for_each(|id| self.remove_one(*id));
        self.recount_lines();
        removed
    }

    fn remove_one(&mut self, id: SectionId) -> Result<(), EditError> {
        let section = self.section(id)?;
        let body = section.body();
        let is_last = self.is_last(id);
        let mut kept = trailing(body, is_last);
        let above = self.text_before(id.0);
        let lacks_newline = is_last && !section.has_final_newline();
        let is_set_off = above.is_empty() || above == BOM || last_line_is_blank(above);
        if is_set_off {
            let blank = |line: &&str| trim(split_ending(line).0).is_empty();
            kept = &kept[Lines::new(kept).take_while(blank).map(str::len).sum::<usize>()..];
        }
        let kept = kept.to_owned();
        let ends_here = is_last && kept.is_empty();
        self.sections[id.0].text.clear();
        let above = self.text_before_mut(id.0);
        if ends_here {
            remove_separator(above, lacks_newline);
        }
        above.push_str(&kept);
        Ok(())
    }

    /// Whether no section follows.
    pub(super) fn is_last(&self, id: SectionId) -> bool {
        self.sections[id.0 + 1..].iter().all(|piece| piece.text.is_empty())
    }

    fn recount_lines(&mut self) {
        let mut line = 1 + count_lines(&self.preamble);
        for piece in &mut self.sections {
            piece.line = line;
            line += count_lines(&piece.text);
        }
    }

    /// A section to edit.
    pub(super) fn section(&self, id: SectionId) -> Result<Section<'_>, EditError> {
        let piece = self.sections.get(id.0).filter(|piece| !piece.text.is_empty());
        piece.ok_or(EditError::NoSuchSection)?.section().map_err(EditError::Syntax)
    }
}

/// The blank lines and comments after a section's last property, from the first blank line on. Without
/// a blank line, the comments belong to the header that follows, or to this section if it is the last.
pub(super) fn trailing(body: &str, is_last: bool) -> &str {
    let is_blank_or_comment_line = |line: &str| is_blank_or_comment(split_ending(line).0);
    let (mut at, mut own, mut blank) = (0, 0, None);
    for line in Lines::new(body) {
        at += line.len();
        if !is_blank_or_comment_line(line) {
            (own, blank) = (at, None);
        } else if blank.is_none() && trim(split_ending(line).0).is_empty() {
            blank = Some(at - line.len());
        }
    }
    let end = if is_last { body.len() } else { own };
    &body[blank.unwrap_or(end)..]
}

fn last_line_is_blank(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let line = &text[text.rfind('\n').map_or(0, |at| at + 1)..];
    trim(line.strip_suffix('\r').unwrap_or(line)).is_empty()
}

/// Removes the separator of the last section from the end of `text`: one blank line, and the ending of
/// the line above if the section had none (`lacks_newline`).
fn remove_separator(text: &mut String, lacks_newline: bool) {
    if last_line_is_blank(text) && text.ends_with('\n') {
        let line = text[..text.len() - 1].rfind('\n').map_or(0, |at| at + 1);
        // A line with whitespace was written by somebody else.
        if line > 0 && split_ending(&text[line..]).0.is_empty() {
            text.truncate(line);
        }
    }
    let start = text.strip_suffix('\n').unwrap_or(text).rfind('\n').map_or(0, |at| at + 1);
    if lacks_newline && !is_blank_or_comment(split_ending(&text[start..]).0) {
        let bare = split_ending(&text[start..]).0.len();
        text.truncate(start + bare);
    }
}

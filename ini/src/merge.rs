//! Merges sections that readers take as one into the first of them.

use std::collections::HashSet;

use super::lines::{split_ending, trim};
use super::pieces::{Pieces, SectionId, trailing};
use super::properties::Property;
use super::refusal::EditError;
use super::verify::EditedSection;

/// Moves the lines of `others` to the end of `first`, and removes their headers. Returns the keys that
/// are there several times then.
pub(super) fn merge(
    pieces: &mut Pieces,
    first: SectionId,
    others: &[SectionId],
) -> Result<Vec<String>, EditError> {
    let target = pieces.section(first)?;
    // What stands before the next header belongs to that one.
    let body = target.body();
    let kept = trailing(body, pieces.is_last(first));
    let mut text = format!("{}{}", target.header(), &body[..body.len() - kept.len()]);
    let mut properties = target.properties()?;
    let ending = pieces.style().ending;
    for id in others {
        let section = pieces.section(*id)?;
        properties.extend(section.properties()?);
        let body = section.body();
        let moved = &body[..body.len() - trailing(body, pieces.is_last(*id)).len()];
        for part in [header_comment(section.header(), section.name), moved] {
            if !part.is_empty() && !text.ends_with('\n') {
                text.push_str(ending);
            }
            text.push_str(part);
        }
    }
    if !kept.is_empty() && !text.ends_with('\n') {
        text.push_str(ending);
    }
    text.push_str(kept);
    EditedSection { name: target.name, text: &text, before: &properties }.check_same()?;
    let repeated = repeated(&properties);
    pieces.replace(first, text);
    pieces.remove(others)?;
    Ok(repeated)
}

/// The comment after a header, with the ending of its line; empty if there is none.
fn header_comment<'a>(header: &'a str, name: &str) -> &'a str {
    let rest = &header[name.len() + "[]".len()..];
    let (comment, _) = split_ending(rest);
    if trim(comment).is_empty() { "" } else { rest.trim_start_matches([' ', '\t']) }
}

/// The keys that are there several times, each once.
fn repeated(properties: &[Property<'_>]) -> Vec<String> {
    let (mut seen, mut repeated) = (HashSet::new(), Vec::new());
    for property in properties {
        let key = property.key.to_ascii_lowercase();
        if !seen.insert(key.clone()) && !repeated.contains(&key) {
            repeated.push(key);
        }
    }
    repeated
}

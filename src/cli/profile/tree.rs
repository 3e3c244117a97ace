//! `rolecall profile tree`: all role chains, from the first credentials to the last roles.

use std::cell::RefCell;

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Value, json};

use super::kind_color::paint_of_kind;
use crate::{
    cli::{
        args::{self, Output, TreeOutput},
        usage,
    },
    context::Context,
    error::{Error, Result},
    output::{Paint, Screen, Streams, escape, painted, shorten, tail, width, wrap},
    plan::{Forest, Node},
    profile::{Files, ProfileSet},
    rules::account_of,
};

/// The most characters of a name to show.
const MOST_SHOWN: usize = 400;

/// The most levels to draw.
const MOST_LEVELS: usize = 2000;

/// The most cells of the branches before a name. Without this limit, a deep tree would be as large as the
/// square of its depth.
const MOST_INDENT: usize = 150;

/// The width of a branch.
const INDENT: usize = 3;

/// The spaces between the parts of a line.
const GAP: usize = 2;

/// The least of a role's path to show.
const LEAST_ROLE: usize = 10;

pub(super) fn run(
    context: &Context,
    args: args::ProfileTree,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let files = Files::read(context)?;
    let forest = Forest::of(&ProfileSet::new(&files));
    if args.output == TreeOutput::Tree {
        usage::advise(context, Output::Table, streams);
    }
    match args.output {
        TreeOutput::Tree => {
            let screen = streams.screen(context.stdout_width());
            streams.print(&Drawing { context, screen }.tree(&forest))
        }
        TreeOutput::Mermaid => streams.print(&mermaid(&forest)),
        TreeOutput::Json => streams.print_json(&Object(&forest)),
    }
}

/// Draws the tree: a line for each profile, or more if the terminal is narrow.
struct Drawing<'d> {
    context: &'d Context,
    screen: Screen,
}

impl Drawing<'_> {
    /// Draws all chains, without recursion: one may be as long as the file.
    fn tree(&self, forest: &Forest) -> String {
        let mut text = String::new();
        for &root in &forest.roots {
            self.push(&mut text, "", &self.parts(&forest.nodes[root]));
            let mut indent = String::new();
            // The children still to draw, for each node on the way down.
            let mut open = vec![forest.nodes[root].children.iter()];
            while let Some(children) = open.last_mut() {
                let Some(&child) = children.next() else {
                    open.pop();
                    let shorter = indent.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
                    indent.truncate(shorter);
                    continue;
                };
                let is_last = children.as_slice().is_empty();
                let branch = format!("{indent}{}", if is_last { "└─ " } else { "├─ " });
                self.push(&mut text, &branch, &self.parts(&forest.nodes[child]));
                if open.len() == MOST_LEVELS {
                    let more = descendants(forest, child);
                    if more > 0 {
                        let below = format!("{indent}{}└─ ", if is_last { "   " } else { "│  " });
                        let more = Part::new(format!("… {more} more"), Paint::Plain);
                        self.push(&mut text, &below, &[more]);
                    }
                    continue;
                }
                indent.push_str(if is_last { "   " } else { "│  " });
                open.push(forest.nodes[child].children.iter());
            }
        }
        for error in &forest.unreadable {
            self.push(&mut text, "", &[self.problem(error)]);
        }
        text
    }

    /// Returns what the line of a profile says.
    fn parts(&self, node: &Node) -> Vec<Part> {
        let mut parts = vec![Part::new(shown(&node.name), Paint::Heading)];
        parts.extend(node.role_arn.as_deref().map(|arn| Part::new(shown(arn), Paint::Role)));
        if node.role_arn.is_none() || node.kind != "role" {
            parts.push(Part::short(node.kind, paint_of_kind(node.kind)));
        }
        if node.has_mfa {
            parts.push(Part::short("MFA", Paint::Plain));
        }
        parts.extend(node.problem.as_ref().map(|error| self.problem(error)));
        parts
    }

    fn problem(&self, error: &Error) -> Part {
        let text = self.context.with_tildes(&escape(&error.to_string()));
        Part::new(format!("✗ {text}"), Paint::Bad)
    }

    /// Appends the parts of a line behind `branch`. If the terminal is too narrow, a role is cut on
    /// the left, but not its account; what still has no room continues on the next line.
    fn push(&self, text: &mut String, branch: &str, parts: &[Part]) {
        let most = self.screen.width.unwrap_or(usize::MAX);
        // In a deep tree, half of the terminal is left for the text.
        let branch = tail(branch, (most / 2).min(MOST_INDENT));
        let mut used = width(&branch);
        let next_line = format!("\n{}", " ".repeat(used + INDENT));
        text.push_str(&branch);
        for (i, part) in parts.iter().enumerate() {
            let gap = if i == 0 { 0 } else { GAP };
            let room = most.saturating_sub(used + gap);
            let after: usize = parts[i + 1..].iter().map(Part::width_if_short).sum();
            let beside = part.fitted(room.saturating_sub(after)).or_else(|| part.fitted(room));
            let lines = if let Some(beside) = beside {
                text.push_str(&" ".repeat(gap));
                used += gap;
                vec![beside]
            } else {
                if i > 0 {
                    text.push_str(&next_line);
                    used = next_line.len() - 1;
                }
                let room = most.saturating_sub(next_line.len() - 1).max(1);
                part.lines(room)
            };
            for (line, shown) in lines.iter().enumerate() {
                if line > 0 {
                    text.push_str(&next_line);
                    used = next_line.len() - 1;
                }
                text.push_str(&painted(shown, part.paint, self.screen.color));
                used += width(shown);
            }
        }
        text.push('\n');
    }
}

/// Returns how many profiles get their credentials through the one with the number `of`.
fn descendants(forest: &Forest, of: usize) -> usize {
    let mut all = vec![of];
    let mut next = 0;
    while let Some(&at) = all.get(next) {
        all.extend_from_slice(&forest.nodes[at].children);
        next += 1;
    }
    all.len() - 1
}

/// A part of a line, escaped.
struct Part {
    text: String,
    paint: Paint,
    is_short: bool,
}

impl Part {
    fn new(text: String, paint: Paint) -> Self {
        Self { text, paint, is_short: false }
    }

    /// Returns a word that a role leaves room for.
    fn short(text: &str, paint: Paint) -> Self {
        Self { is_short: true, ..Self::new(text.to_owned(), paint) }
    }

    /// Returns it in lines of at most `room` cells.
    fn lines(&self, room: usize) -> Vec<String> {
        if let Some(line) = self.fitted(room) {
            return vec![line];
        }
        match self.account_and_path() {
            Some((account, path)) if width(&account) <= room => vec![account, tail(path, room)],
            _ => wrap(&self.text, room),
        }
    }

    /// Returns the account of a role, with a colon, and its name with the path.
    fn account_and_path(&self) -> Option<(String, &str)> {
        let (_, path) = self.text.split_once(":role/").filter(|_| !self.is_short)?;
        Some((format!("{}:", account_of(&self.text)?), path))
    }

    /// Returns it in at most `room` cells; `None` if that would take more than the start of a role.
    fn fitted(&self, room: usize) -> Option<String> {
        if width(&self.text) <= room {
            return Some(self.text.clone());
        }
        let (account, path) = self.account_and_path()?;
        let room = room.checked_sub(width(&account)).filter(|room| *room >= LEAST_ROLE)?;
        Some(account + &tail(path, room))
    }

    /// Returns how many cells it takes behind a role that is cut for it; 0 if it goes to the next line
    /// instead.
    fn width_if_short(&self) -> usize {
        if self.is_short { GAP + width(&self.text) } else { 0 }
    }
}

fn shown(text: &str) -> String {
    shorten(&escape(text), MOST_SHOWN).into_owned()
}

/// Returns a flowchart. Rule: Mermaid's documentation, "Flowcharts": labels in quotes, with entity
/// codes for special characters.
fn mermaid(forest: &Forest) -> String {
    let mut text = String::from("flowchart TD\n");
    for (at, node) in forest.nodes.iter().enumerate() {
        let role = node.role_arn.as_deref().unwrap_or(node.kind);
        let class = if node.problem.is_some() || node.kind == "missing" { ":::broken" } else { "" };
        text.push_str(&format!(
            "    p{at}[\"{}<br/>{}\"]{class}\n",
            label(&node.name),
            label(role)
        ));
    }
    for (parent, node) in forest.nodes.iter().enumerate() {
        for child in &node.children {
            text.push_str(&format!("    p{parent} --> p{child}\n"));
        }
    }
    let problems =
        forest.nodes.iter().enumerate().filter_map(|(at, n)| Some((at, n.problem.as_ref()?)));
    for (at, problem) in problems {
        let problem = label(&problem.to_string());
        text.push_str(&format!("    p{at} -.- e{at}[\"{problem}\"]:::broken\n"));
    }
    for (at, error) in forest.unreadable.iter().enumerate() {
        text.push_str(&format!("    u{at}[\"{}\"]:::broken\n", label(&error.to_string())));
    }
    text.push_str("    classDef broken stroke:#c00,stroke-dasharray:4\n");
    text
}

fn label(text: &str) -> String {
    let mut label = String::new();
    for c in shown(text).chars() {
        // Characters without a special meaning stay.
        if c.is_alphanumeric() || " /._-+@:,='()".contains(c) {
            label.push(c);
        } else {
            label.push_str(&format!("#{};", u32::from(c)));
        }
    }
    label
}

/// The forest as JSON, made profile by profile: all at once would take many times the memory of the files.
struct Object<'f>(&'f Forest);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Self(forest) = *self;
        let name = |&at: &usize| &*forest.nodes[at].name;
        let profiles = forest.nodes.iter().map(|node| {
            json!({
                "name": node.name,
                "kind": node.kind,
                "role_arn": node.role_arn,
                "source": node.source,
                "file": node.at.as_ref().map(|at| at.file.to_string_lossy()),
                "line": node.at.as_ref().map(|at| at.line),
                "children": node.children.iter().map(name).collect::<Vec<_>>(),
                "problem": node.problem.as_ref().map(problem),
            })
        });
        let mut object = serializer.serialize_map(Some(3))?;
        object.serialize_entry("profiles", &List(RefCell::new(profiles)))?;
        object.serialize_entry("roots", &List(RefCell::new(forest.roots.iter().map(name))))?;
        let unreadable = forest.unreadable.iter().map(problem);
        object.serialize_entry("unreadable", &List(RefCell::new(unreadable)))?;
        object.end()
    }
}

/// A list that is made while it is written, once.
struct List<I>(RefCell<I>);

impl<I: Iterator<Item: Serialize>> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(&mut *self.0.borrow_mut())
    }
}

fn problem(error: &Error) -> Value {
    json!({ "error": error.to_string(), "hints": error.hints() })
}

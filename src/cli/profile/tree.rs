//! `rolecall profile tree`: all role chains, from the first credentials to the last roles.

use serde_json::{Value, json};

use crate::{
    cli::{
        args::{self, Output, TreeOutput},
        usage,
    },
    context::Context,
    error::{Error, Result},
    output::{Paint, Screen, Streams, escape, painted, shorten, tail, width},
    plan::{Forest, Node},
    profile::{Files, ProfileSet},
    rules::account_of,
};

/// The most characters of a name to show.
const MOST_SHOWN: usize = 400;

/// The width of a branch.
const INDENT: usize = 3;

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
        TreeOutput::Tree => streams.print(&tree(&forest, streams.screen(context.stdout_width()))),
        TreeOutput::Mermaid => streams.print(&mermaid(&forest)),
        TreeOutput::Json => streams.print_json(&object(&forest)),
    }
}

/// One line per profile, without recursion: a chain may be as long as the file.
fn tree(forest: &Forest, screen: Screen) -> String {
    let mut text = String::new();
    for &root in &forest.roots {
        text.push_str(&line(&forest.nodes[root], 0, screen));
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
            text.push_str(&indent);
            text.push_str(if is_last { "└─ " } else { "├─ " });
            let indented = width(&indent) + INDENT;
            text.push_str(&line(&forest.nodes[child], indented, screen));
            indent.push_str(if is_last { "   " } else { "│  " });
            open.push(forest.nodes[child].children.iter());
        }
    }
    for error in &forest.unreadable {
        text.push_str(&format!("✗ {}\n", escape(&error.to_string())));
    }
    text
}

/// Returns the line of a profile behind `indented` columns. If it is too wide for the terminal, its
/// role is cut on the left, but not the account.
fn line(node: &Node, indented: usize, screen: Screen) -> String {
    let name = shown(&node.name);
    let mut rest = String::new();
    if node.role_arn.is_none() || node.kind != "role" {
        rest.push_str(&format!("  {}", node.kind));
    }
    if node.has_mfa {
        rest.push_str("  MFA");
    }
    let mut role = node.role_arn.as_deref().map(shown).unwrap_or_default();
    let room =
        screen.width.map(|most| most.saturating_sub(indented + width(&name) + 2 + width(&rest)));
    if let Some(room) = room.filter(|room| width(&role) > *room)
        && let (Some(account), Some((_, path))) = (account_of(&role), role.split_once(":role/"))
    {
        let prefix = format!("{account}:");
        role =
            format!("{prefix}{}", tail(path, room.saturating_sub(width(&prefix)).max(LEAST_ROLE)));
    }
    let mut line = painted(&name, Paint::Heading, screen.color).into_owned();
    if !role.is_empty() {
        line.push_str(&format!("  {}", painted(&role, Paint::Role, screen.color)));
    }
    line.push_str(&rest);
    if let Some(problem) = &node.problem {
        let problem = format!("✗ {}", escape(&problem.to_string()));
        line.push_str(&format!("  {}", painted(&problem, Paint::Bad, screen.color)));
    }
    line.push('\n');
    line
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

fn object(forest: &Forest) -> Value {
    let profiles = forest.nodes.iter().map(|node| {
        json!({
            "name": node.name,
            "kind": node.kind,
            "role_arn": node.role_arn,
            "source": node.source,
            "file": node.at.as_ref().map(|at| at.file.to_string_lossy()),
            "line": node.at.as_ref().map(|at| at.line),
            "children": node.children.iter().map(|&at| &forest.nodes[at].name).collect::<Vec<_>>(),
            "problem": node.problem.as_ref().map(problem),
        })
    });
    json!({
        "profiles": profiles.collect::<Vec<_>>(),
        "roots": forest.roots.iter().map(|&at| &forest.nodes[at].name).collect::<Vec<_>>(),
        "unreadable": forest.unreadable.iter().map(problem).collect::<Vec<_>>(),
    })
}

fn problem(error: &Error) -> Value {
    json!({ "error": error.to_string(), "hints": error.hints() })
}

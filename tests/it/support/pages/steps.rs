//! What a page has to be done, in its order.

use super::Page;

/// What our own commands start with, and `eval` of one.
const OURS: &[&str] = &["rolecall ", "eval "];

/// One thing to do.
#[derive(Debug)]
pub(crate) enum Step {
    /// A block whose first line is a comment with a file's name, alone or with `before`: the file is
    /// written.
    Write { path: String, text: String },
    /// The same with `after`: the file must have this text by then.
    Expect { path: String, text: String },
    /// A line that readers don't see.
    Setup(String),
    /// A command of a block of `sh`, or in the text; and the comment behind it.
    Command { line: String, comment: String },
    /// A block of `bash`: one script.
    Script(String),
    /// A command of a block of `console`, and what it prints there.
    Shown { line: String, output: String },
}

/// A part of a page that is run on one stage.
#[derive(Debug)]
pub(crate) struct Region {
    /// The words of its comment; `None` if the part is not run.
    pub(crate) stage: Option<String>,
    /// Each with the line that it is on.
    pub(crate) steps: Vec<(usize, Step)>,
}

impl Region {
    /// Whether its comment has this word.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words().any(|own| own == word)
    }

    /// The words of its comment.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.stage.as_deref().unwrap_or_default().split_whitespace()
    }
}

/// The parts of a page that say whether they are run.
pub(crate) fn regions(page: &Page) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut block: Option<Block> = None;
    for line in page.lines() {
        if let Some(comment) = comment(line.text).filter(|_| !line.is_fenced) {
            match comment.split_once(": ") {
                Some(("run", words)) => {
                    regions.push(Region { stage: Some(words.to_owned()), steps: Vec::new() });
                }
                Some(("not run", _)) => regions.push(Region { stage: None, steps: Vec::new() }),
                Some(("setup", does)) => {
                    let region = regions.last_mut().expect("a `run:` before the `setup:`");
                    region.steps.push((line.number, Step::Setup(does.to_owned())));
                }
                _ => {}
            }
            continue;
        }
        let Some(region) = regions.last_mut().filter(|region| region.stage.is_some()) else {
            continue;
        };
        if !line.is_fenced {
            if region.has("text") {
                let found = spans(line.text).into_iter().map(|step| (line.number, step));
                region.steps.extend(found.collect::<Vec<_>>());
            }
            continue;
        }
        match &mut block {
            None => block = Some(Block::new(line.number, line.text)),
            Some(open) if line.text.trim() == "```" => {
                let (number, steps) = (open.line, open.steps());
                region.steps.extend(steps.into_iter().map(|step| (number, step)));
                block = None;
            }
            Some(open) => {
                let indent = line.text.len().min(open.indent);
                open.lines.push(line.text[indent..].to_owned());
            }
        }
    }
    regions
}

/// What an HTML comment on a line of its own says.
pub(crate) fn comment(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim())
}

/// A fenced block.
struct Block {
    line: usize,
    indent: usize,
    language: String,
    lines: Vec<String>,
}

impl Block {
    fn new(line: usize, fence: &str) -> Self {
        let language = fence.trim().trim_start_matches('`').to_owned();
        Self { line, indent: fence.len() - fence.trim_start().len(), language, lines: Vec::new() }
    }

    fn steps(&self) -> Vec<Step> {
        let text = || joined(&self.lines);
        match &*self.language {
            "sh" => text().replace("\\\n", "").lines().filter_map(command).collect(),
            "bash" => vec![Step::Script(text())],
            "console" => self.shown(),
            _ => self.file().into_iter().collect(),
        }
    }

    /// Commands start with `$ `; a line that ends in a backslash goes on in the next one.
    fn shown(&self) -> Vec<Step> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut goes_on = false;
        for text in &self.lines {
            let start = text.strip_prefix("$ ");
            if let Some(line) = start.or_else(|| goes_on.then_some(&**text)) {
                goes_on = line.ends_with('\\');
                if start.is_some() {
                    found.push((String::new(), String::new()));
                }
                let (command, _) = found.last_mut().expect("a command");
                command.push_str(line.trim_end_matches('\\'));
            } else {
                let (_, output) = found.last_mut().expect("a line that starts with `$ `");
                output.push_str(text);
                output.push('\n');
            }
        }
        found.into_iter().map(|(line, output)| Step::Shown { line, output }).collect()
    }

    fn file(&self) -> Option<Step> {
        let first = self.lines.first()?;
        let name = ["# ", "// "].iter().find_map(|start| first.strip_prefix(start))?;
        let (path, when) = name.split_once(", ").unwrap_or((name, "before"));
        if path.contains(' ') || !path.contains(['.', '/']) {
            return None;
        }
        let text = joined(&self.lines[1..]);
        let path = path.to_owned();
        match when {
            "before" => Some(Step::Write { path, text }),
            "after" => Some(Step::Expect { path, text }),
            _ => panic!("{first}: neither `before` nor `after`"),
        }
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [&**line, "\n"]).collect()
}

fn command(line: &str) -> Option<Step> {
    let (line, comment) = line.split_once("  #").unwrap_or((line, ""));
    let line = line.trim();
    let is_one = !line.is_empty() && !line.starts_with('#');
    is_one.then(|| Step::Command { line: line.to_owned(), comment: comment.trim().to_owned() })
}

/// The commands in running text, ours alone, and in tables, where the first column is that of
/// another tool.
fn spans(line: &str) -> Vec<Step> {
    let (line, is_row) = match line.strip_prefix("| ") {
        Some(row) => (row.split_once(" | ").map_or("", |(_, rest)| rest), true),
        None => (line, false),
    };
    let parts: Vec<&str> = line.split('`').collect();
    assert!(parts.len() % 2 == 1, "a command goes over two lines: {line}");
    let is_command = |text: &str| {
        OURS.iter().any(|start| text.starts_with(start)) || is_row && text.starts_with("aws ")
    };
    let pairs = parts[1..].chunks(2).filter(|pair| is_command(pair[0]));
    let step = |pair: &[&str]| Step::Command {
        line: pair[0].to_owned(),
        comment: pair[1].strip_prefix(" (").unwrap_or_default().to_owned(),
    };
    pairs.map(step).collect()
}

//! The text literals of the program's own sources, and the errors that are made of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::support::programs::repository;

/// The names of variables that have a message before it goes into an error.
const WRITTEN_BEFORE: &[&str] = &["cause", "message", "text", "what", "why"];

/// An error that the sources make.
#[derive(Debug)]
pub(super) struct Message {
    /// The name of its kind, as in `Kind::Denied`.
    pub(super) kind: String,
    /// The text, with `…` for what differs.
    pub(super) text: String,
    pub(super) hints: Vec<String>,
}

/// A warning that the sources print.
#[derive(Debug)]
pub(super) struct Warning {
    /// The text, with `…` for what differs.
    pub(super) text: String,
    /// Empty: it has no hint, or one that is made elsewhere.
    pub(super) hint: String,
}

/// All literals, errors and warnings of `src` and `provision/src`, without their tests.
#[derive(Default)]
pub(super) struct Sources {
    /// Each with its file.
    pub(super) literals: Vec<(PathBuf, String)>,
    pub(super) messages: Vec<Message>,
    pub(super) warnings: Vec<Warning>,
}

impl Sources {
    pub(super) fn read() -> Self {
        let mut sources = Self::default();
        for folder in ["src", "provision/src"] {
            sources.read_folder(Path::new(folder));
        }
        assert!(sources.literals.len() > 1000, "{} literals", sources.literals.len());
        sources
    }

    fn read_folder(&mut self, folder: &Path) {
        let entries = fs::read_dir(repository().join(folder)).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let full = repository().join(&path);
            if full.is_dir() {
                if name != "tests" {
                    self.read_folder(&path);
                }
            } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
                let text = fs::read_to_string(full).expect("a source file");
                let tokens: TokenStream = text.parse().expect("Rust");
                self.walk(&path, &tokens.into_iter().collect::<Vec<_>>());
            }
        }
    }

    fn walk(&mut self, path: &Path, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [TokenTree::Punct(hash), TokenTree::Group(attribute), rest @ ..]
                    if hash.as_char() == '#' =>
                {
                    at += 2;
                    if attribute.stream().to_string().replace(' ', "") == "cfg(test)" {
                        at += item_length(rest);
                    }
                    continue;
                }
                [
                    TokenTree::Ident(error),
                    colon,
                    _,
                    TokenTree::Ident(way),
                    TokenTree::Group(with),
                    rest @ ..,
                ] if error == "Error" && is_sign(colon, ':') => {
                    self.messages.extend(message(&way.to_string(), with, rest));
                }
                [dot, TokenTree::Ident(name), TokenTree::Group(with), ..]
                    if is_sign(dot, '.')
                        && ["warn", "warn_with_hint", "warn_later"].iter().any(|w| name == w) =>
                {
                    self.warnings.extend(warning(&inside(with)));
                }
                // A function that words warnings for several places.
                [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..]
                    if word == "fn" && name.to_string().ends_with("warning") =>
                {
                    let body = all_texts(&rest[..item_length(rest)]).into_iter();
                    let texts = body.filter(|text| text.trim().matches(' ').count() > 2);
                    let hint = String::new();
                    self.warnings.extend(texts.map(|text| Warning { text, hint: hint.clone() }));
                }
                // A function that makes the error: of kind `Denied`.
                [TokenTree::Ident(name), TokenTree::Group(with), rest @ ..] if name == "denied" => {
                    let inside: Vec<TokenTree> = with.stream().into_iter().collect();
                    let text = first_text(&inside);
                    let hints = hints(rest);
                    let kind = "Denied".to_owned();
                    self.messages.extend(text.map(|text| Message { kind, text, hints }));
                }
                // Of the module: its documentation.
                [TokenTree::Punct(hash), bang, TokenTree::Group(_), ..]
                    if hash.as_char() == '#' && is_sign(bang, '!') =>
                {
                    at += 3;
                    continue;
                }
                // A message that is written down before it goes into an error.
                [TokenTree::Ident(name), equals, rest @ ..]
                    if WRITTEN_BEFORE.iter().any(|known| name == known) && is_sign(equals, '=') =>
                {
                    self.messages.extend(written_before(&name.to_string(), rest));
                }
                _ => {}
            }
            match &tokens[at] {
                TokenTree::Group(group) => {
                    self.walk(path, &group.stream().into_iter().collect::<Vec<_>>());
                }
                TokenTree::Literal(literal) => {
                    self.literals
                        .extend(text_of(&literal.to_string()).map(|t| (path.to_owned(), t)));
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// `Error::new(Kind::…, "…")` and its like, and the `.hint("…")`s behind it.
fn message(way: &str, with: &Group, rest: &[TokenTree]) -> Option<Message> {
    let inside: Vec<TokenTree> = with.stream().into_iter().collect();
    let text = first_text(&inside)?;
    let (mut kind, text) = match way {
        "new" => (kind_in(&inside)?, text),
        "config" => ("Config".to_owned(), text),
        "io" => ("Other".to_owned(), format!("can't {text} …: …")),
        "not_supported_yet" => ("Config".to_owned(), format!("{text} is not supported yet")),
        _ => return None,
    };
    for (method, inside) in methods(rest) {
        if method == "with_kind" {
            kind = kind_in(&inside).unwrap_or(kind);
        }
    }
    Some(Message { kind, text, hints: hints(rest) })
}

/// The warning that these arguments make, and its hint.
fn warning(arguments: &[TokenTree]) -> Option<Warning> {
    let mut arguments = arguments.split(|token| is_sign(token, ','));
    let text = first_text(arguments.next()?)?;
    let hint = arguments.next().and_then(first_text).unwrap_or_default();
    Some(Warning { text, hint })
}

/// The texts of the `.hint("…")`s that follow.
fn hints(rest: &[TokenTree]) -> Vec<String> {
    let calls = methods(rest).into_iter().filter(|(method, _)| method == "hint");
    calls.filter_map(|(_, inside)| first_text(&inside)).collect()
}

/// The methods that are called on what came before, and with what.
fn methods(mut rest: &[TokenTree]) -> Vec<(String, Vec<TokenTree>)> {
    let mut found = Vec::new();
    while let [dot, TokenTree::Ident(method), TokenTree::Group(with), more @ ..] = rest
        && is_sign(dot, '.')
    {
        found.push((method.to_string(), with.stream().into_iter().collect()));
        rest = more;
    }
    found
}

/// `message = format!("…"); … Error::new(Kind::…, message)`, if that follows soon; or several, from
/// the arms of a `match` or an `if`.
fn written_before(name: &str, rest: &[TokenTree]) -> Vec<Message> {
    let Some(end) = rest.iter().position(|token| is_sign(token, ';')) else { return Vec::new() };
    let texts = match &rest[..end] {
        [TokenTree::Literal(_)] => first_text(&rest[..end]).into_iter().collect(),
        [TokenTree::Ident(format), bang, TokenTree::Group(with)]
            if format == "format" && is_sign(bang, '!') =>
        {
            first_text(&inside(with)).into_iter().collect()
        }
        [TokenTree::Ident(word), ..] if word == "match" || word == "if" => all_texts(&rest[..end]),
        _ => Vec::new(),
    };
    // Longer texts than names of settings and the like.
    let texts = texts.into_iter().filter(|text| text.trim().matches(' ').count() > 1);
    let Some((kind, hints)) = error_of(name, &rest[end..rest.len().min(end + 60)]) else {
        return Vec::new();
    };
    texts.map(|text| Message { kind: kind.clone(), text, hints: hints.clone() }).collect()
}

/// The kind and the hints of the first error here that is made of the variable `name`.
fn error_of(name: &str, tokens: &[TokenTree]) -> Option<(String, Vec<String>)> {
    (0..tokens.len()).find_map(|at| match &tokens[at..] {
        [
            TokenTree::Ident(error),
            _,
            _,
            TokenTree::Ident(way),
            TokenTree::Group(with),
            rest @ ..,
        ] if error == "Error" => {
            let arguments = inside(with);
            let takes_it =
                arguments.iter().any(|t| matches!(t, TokenTree::Ident(word) if word == name));
            let kind = match &*way.to_string() {
                "config" => "Config".to_owned(),
                "new" => kind_in(&arguments)?,
                _ => return None,
            };
            takes_it.then(|| (kind, hints(rest)))
        }
        [TokenTree::Group(group), ..] => error_of(name, &inside(group)),
        _ => None,
    })
}

fn all_texts(tokens: &[TokenTree]) -> Vec<String> {
    let texts = |token: &TokenTree| match token {
        TokenTree::Literal(literal) => text_of(&literal.to_string()).into_iter().collect(),
        TokenTree::Group(group) => all_texts(&inside(group)),
        _ => Vec::new(),
    };
    tokens.iter().flat_map(texts).collect()
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// The first text in these tokens, also inside of `format!`.
fn first_text(tokens: &[TokenTree]) -> Option<String> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Literal(literal) => text_of(&literal.to_string()),
        TokenTree::Group(group) => first_text(&group.stream().into_iter().collect::<Vec<_>>()),
        _ => None,
    })
}

/// The name behind `Kind::`.
fn kind_in(tokens: &[TokenTree]) -> Option<String> {
    let at = tokens.iter().position(|token| matches!(token, TokenTree::Ident(n) if n == "Kind"))?;
    Some(tokens.get(at + 3)?.to_string())
}

/// What a literal says, with `…` instead of what is in braces; `None` if it is no text.
fn text_of(literal: &str) -> Option<String> {
    let raw = literal.starts_with('r');
    let start = literal.find('"').filter(|at| *at < 3 && !literal.starts_with('b'))?;
    let inner = literal[start + 1..].trim_end_matches('#').strip_suffix('"')?;
    let mut text = String::new();
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if !raw => match letters.next()? {
                '\n' => while letters.next_if(|c| c.is_whitespace()).is_some() {},
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' | 'x' => text.push('\u{fffd}'),
                other => text.push(other),
            },
            '{' if letters.next_if_eq(&'{').is_some() => text.push('{'),
            '}' if letters.next_if_eq(&'}').is_some() => text.push('}'),
            '{' => {
                while letters.next_if(|c| *c != '}').is_some() {}
                letters.next();
                text.push('…');
            }
            _ => text.push(letter),
        }
    }
    Some(text)
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// How many tokens the item has that starts here.
fn item_length(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| {
        is_sign(token, ';')
            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    tokens.iter().position(is_end).map_or(tokens.len(), |at| at + 1)
}

//! Reads from the text of a source file which paths it names and which items it defines.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A `use` of one name: `use a::b as c` binds `c`, and `use a::*` binds `*`.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) name: String,
    is_public: bool,
}

/// What one module says, without its tests.
#[derive(Default)]
pub(super) struct Source {
    pub(super) imports: Vec<Import>,
    /// The paths of two names or more that are written out in the code.
    pub(super) paths: Vec<Vec<String>>,
    pub(super) defined: BTreeSet<String>,
    /// The functions, methods, constants and statics that are `pub` or `pub(crate)`.
    pub(super) exported: BTreeSet<String>,
    /// The modules written between braces, by name.
    pub(super) inner: Vec<(String, Source)>,
    /// All names in the code that may be of an item.
    pub(super) names: BTreeSet<String>,
}

impl Source {
    /// Panics if the text is not Rust.
    pub(super) fn of(text: &str) -> Self {
        let mut source = Self::default();
        source.read(text.parse().expect("Rust"));
        source
    }

    /// The imports that the module itself needs: those that it only hands on are not among them.
    pub(super) fn needed_imports(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(|import| !import.is_public || self.names.contains(&import.name))
    }

    pub(super) fn globs(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(|import| import.name == "*")
    }

    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut at, mut is_public) = (0, false);
        while at < tokens.len() {
            let rest = &tokens[at..];
            // A method's name or a lifetime is no name of ours.
            let is_bare = at > 0 && ['.', '\''].iter().any(|sign| is_sign(&tokens[at - 1], *sign));
            let word = word(&rest[0]).filter(|_| !is_bare);
            let was_public = std::mem::take(&mut is_public);
            at += match (word.as_deref(), rest) {
                (_, [hash, TokenTree::Group(attribute), ..])
                    if is_sign(hash, '#') && is_for_tests(&attribute.stream()) =>
                {
                    2 + item_length(&rest[2..])
                }
                (Some("pub"), _) => {
                    is_public = true;
                    // `pub(in a::b)` uses nothing.
                    let is_limited = is_group(rest.get(1), Delimiter::Parenthesis);
                    let length = 1 + usize::from(is_limited);
                    if !is_limited || rest[1].to_string() == "(crate)" {
                        self.exported.extend(function_or_constant(&rest[length..]));
                    }
                    length
                }
                (Some("use"), [_, next, ..]) if !is_sign(next, '<') => {
                    let length = rest.iter().take_while(|token| !is_sign(token, ';')).count();
                    self.import(&[], &rest[1..length], was_public);
                    length
                }
                (Some("mod"), [_, name, body, ..]) => {
                    if let TokenTree::Group(body) = body {
                        let mut inner = Self::default();
                        inner.read(body.stream());
                        self.inner.push((name.to_string(), inner));
                    }
                    3
                }
                (
                    Some(
                        "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union",
                    ),
                    [_, name, ..],
                ) if !matches!(name, TokenTree::Group(_)) => {
                    self.defined.insert(name.to_string());
                    1
                }
                (Some("macro_rules"), [_, _, name, ..]) => {
                    self.defined.insert(name.to_string());
                    3
                }
                (Some(first), _) => self.path(first, rest),
                (None, [TokenTree::Group(group), ..]) => {
                    self.read(group.stream());
                    1
                }
                _ => 1,
            };
        }
    }

    /// Takes a path that starts here, and returns how many tokens it has.
    fn path(&mut self, first: &str, rest: &[TokenTree]) -> usize {
        let (mut path, mut length) = (vec![first.to_owned()], 1);
        while let [one, two, next, ..] = &rest[length..]
            && is_sign(one, ':')
            && is_sign(two, ':')
            && let Some(name) = word(next)
        {
            path.push(name);
            length += 3;
        }
        self.names.insert(first.to_owned());
        if path.len() > 1 {
            self.paths.push(path);
        }
        length
    }

    /// Takes one branch of a `use` and what branches off it.
    fn import(&mut self, before: &[String], tokens: &[TokenTree], is_public: bool) {
        let (mut path, mut name) = (before.to_vec(), None);
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let branches = inner.split(|token| is_sign(token, ','));
                    for branch in branches.filter(|branch| !branch.is_empty()) {
                        self.import(&path, branch, is_public);
                    }
                    return;
                }
                TokenTree::Punct(sign) if sign.as_char() == '*' => name = Some("*".to_owned()),
                TokenTree::Ident(ident) if *ident == "as" => {
                    name = tokens.get(at + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(ident) if *ident == "self" && !path.is_empty() => {}
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                _ => {}
            }
        }
        let name = name.unwrap_or_else(|| path.last().expect("a name").clone());
        self.imports.push(Import { path, name, is_public });
    }
}

fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

/// The name of the function, constant or static that starts here.
fn function_or_constant(tokens: &[TokenTree]) -> Option<String> {
    let words: Vec<String> = tokens.iter().map_while(word).collect();
    let find = |what: &[&str]| words.iter().position(|word| what.contains(&word.as_str()));
    words.get(find(&["fn"]).or_else(|| find(&["const", "static"]))? + 1).cloned()
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_group(token: Option<&TokenTree>, delimiter: Delimiter) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == delimiter)
}

/// `cfg(test)` and `cfg(all(test, …))`.
fn is_for_tests(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// How many tokens an item has, with its attributes and without a `;` behind a brace.
fn item_length(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| is_sign(token, ';') || is_group(Some(token), Delimiter::Brace);
    tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1)
}

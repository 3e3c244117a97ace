//! All chains at once: which profile gets its credentials from which.
//!
//! One pass over both files, by the same rules as [`super::resolve`], except that the environment
//! does not count. A profile that is invalid is marked, and does not affect the others.

use std::collections::HashMap;

use super::{
    base::{no_credentials, own_keys},
    next_step::{
        NextProfile, NextStep, circle, no_such_source, self_reference, source_of, without_role,
        without_role_or_token,
    },
};
use crate::{
    error::{Error, Location, Result},
    profile::{Key, ProcessLine, Profile, ProfileSet},
};

/// A profile in the chains.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The profile's name.
    pub(crate) name: String,
    /// Its kind, in the word that `profile list` prints; `missing`: it is named but does not exist.
    pub(crate) kind: &'static str,
    /// The role that it assumes.
    pub(crate) role_arn: Option<String>,
    /// Whether its role is assumed with MFA.
    pub(crate) has_mfa: bool,
    /// Where it is; `None` if it does not exist.
    pub(crate) at: Option<Location>,
    /// The name of the profile that its credentials come from.
    pub(crate) source: Option<String>,
    /// What is wrong with it.
    pub(crate) problem: Option<Error>,
    /// The profiles that get their credentials from it, in the order of the files.
    pub(crate) children: Vec<usize>,
    parent: Option<usize>,
    /// The setting that names the source.
    link: Option<NextProfile>,
    keys: Keys,
    /// What is wrong with it if another profile gets its credentials from it.
    lack: Option<Error>,
}

/// Whether a profile has access keys, which end a chain that reaches it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Keys {
    #[default]
    No,
    /// It has, but its own role takes precedence over them.
    Own,
    /// This node stands only for the keys.
    Alone,
}

/// The profiles of both files as trees, from the first credentials to the last roles.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    /// All profiles, including those that are missing.
    pub(crate) nodes: Vec<Node>,
    /// The profiles whose credentials come from no other.
    pub(crate) roots: Vec<usize>,
    /// Profiles that can't be read at all.
    pub(crate) unreadable: Vec<Error>,
}

impl Forest {
    /// Returns the chains of `set`.
    pub(crate) fn of(set: &ProfileSet<'_>) -> Self {
        let mut forest = Self::default();
        for profile in set.profiles() {
            match profile {
                Ok(profile) => forest.nodes.push(node(&profile)),
                Err(error) => forest.unreadable.push(error),
            }
        }
        forest.find_parents();
        forest.break_loops();
        for child in 0..forest.nodes.len() {
            match forest.nodes[child].parent {
                Some(parent) => forest.nodes[parent].children.push(child),
                None => forest.roots.push(child),
            }
        }
        for node in forest.nodes.iter_mut().filter(|node| !node.children.is_empty()) {
            node.problem = node.problem.take().or(node.lack.take());
        }
        forest
    }

    fn find_parents(&mut self) {
        let names = self.nodes.iter().enumerate().map(|(at, node)| (node.name.clone(), at));
        let known: HashMap<String, usize> = names.collect();
        // Nodes without a profile of their own: keys next to a role, and missing profiles.
        let mut others: HashMap<String, usize> = HashMap::new();
        for child in 0..self.nodes.len() {
            let Some(link) = &self.nodes[child].link else { continue };
            let name = link.name.clone();
            let parent = match known.get(&name) {
                Some(&at) if self.nodes[at].keys == Keys::No => at,
                Some(&at) if self.nodes[at].link.is_none() && self.nodes[at].kind == "keys" => at,
                Some(&at) => *others.entry(name).or_insert_with_key(|name| {
                    let place = self.nodes[at].at.clone();
                    let keys = Keys::Alone;
                    let name = name.clone();
                    push(
                        &mut self.nodes,
                        Node { name, kind: "keys", at: place, keys, ..Node::default() },
                    )
                }),
                None => {
                    let problem = no_such_source(&self.nodes[child].name, link);
                    self.nodes[child].problem.get_or_insert(problem);
                    *others.entry(name).or_insert_with_key(|name| {
                        let name = name.clone();
                        push(&mut self.nodes, Node { name, kind: "missing", ..Node::default() })
                    })
                }
            };
            self.nodes[child].parent = Some(parent);
        }
    }

    /// Cuts each loop before the profile of it that comes first in the files.
    fn break_loops(&mut self) {
        // Which walk reached a node first: others stop there.
        let mut seen = vec![0_usize; self.nodes.len()];
        for start in 0..self.nodes.len() {
            let mark = start + 1;
            let mut at = start;
            while seen[at] == 0 {
                seen[at] = mark;
                match self.nodes[at].parent {
                    Some(parent) => at = parent,
                    None => break,
                }
            }
            if seen[at] == mark && self.nodes[at].parent.is_some() {
                self.cut(at);
            }
        }
        // A profile whose source leads back to it is a loop, even if its keys would end the chain.
        let alone: HashMap<String, usize> = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.keys == Keys::Alone)
            .map(|(at, node)| (node.name.clone(), at))
            .collect();
        for (own, root) in self.roots().into_iter().enumerate() {
            let node = &self.nodes[own];
            let is_return = alone.get(&node.name).is_some_and(|&at| root == at && own != at);
            if is_return && node.keys == Keys::Own {
                self.mark_return(own);
            }
        }
    }

    /// The nodes from `start` up to the root, or around the loop.
    fn way_up(&self, start: usize) -> Vec<usize> {
        let mut way = vec![start];
        let mut at = start;
        while let Some(parent) = self.nodes[at].parent.filter(|&parent| parent != start) {
            way.push(parent);
            at = parent;
        }
        way
    }

    fn circle(&self, way: &[usize], first: &str) -> Error {
        let mut names: Vec<&str> = way.iter().map(|&at| self.nodes[at].name.as_str()).collect();
        names.push(first);
        let last = way.last().and_then(|&at| self.nodes[at].link.as_ref());
        circle(&names, last.and_then(|link| link.at.clone()))
    }

    fn cut(&mut self, within: usize) {
        let first = self.way_up(within).into_iter().min().unwrap_or(within);
        let way = self.way_up(first);
        let problem = self.circle(&way, &self.nodes[first].name);
        self.nodes[first].problem = Some(problem);
        self.nodes[first].parent = None;
    }

    /// Returns the root of each node, by its number. There are no loops any more.
    fn roots(&self) -> Vec<usize> {
        let mut roots = vec![usize::MAX; self.nodes.len()];
        for start in 0..self.nodes.len() {
            let mut way = vec![start];
            let mut at = start;
            let root = loop {
                if roots[at] != usize::MAX {
                    break roots[at];
                }
                let Some(parent) = self.nodes[at].parent else { break at };
                way.push(parent);
                at = parent;
            };
            for at in way {
                roots[at] = root;
            }
        }
        roots
    }

    /// Marks a node whose way up ends with its own keys.
    fn mark_return(&mut self, own: usize) {
        let mut way = self.way_up(own);
        way.pop();
        let problem = self.circle(&way, &self.nodes[own].name);
        self.nodes[own].problem.get_or_insert(problem);
    }
}

fn push(nodes: &mut Vec<Node>, node: Node) -> usize {
    nodes.push(node);
    nodes.len() - 1
}

fn node(profile: &Profile<'_>) -> Node {
    let base = own_keys(profile);
    let keys = if matches!(base, Ok(None)) { Keys::No } else { Keys::Own };
    let mut node = Node {
        name: profile.name.clone(),
        kind: profile.kind(),
        at: Some(profile.at.clone()),
        keys,
        ..Node::default()
    };
    node.role_arn = profile.get(Key::RoleArn).map(|(arn, _)| arn.to_owned());
    node.has_mfa = node.role_arn.is_some() && profile.get(Key::MfaSerial).is_some();
    match next_step(profile) {
        Ok(NextStep::Profile(next)) if next.name != profile.name => {
            node.source = Some(next.name.clone());
            node.link = Some(next);
        }
        Ok(NextStep::Profile(next)) => {
            node.source = Some(next.name);
            node.problem = match base {
                Ok(Some(_)) => None,
                Ok(None) => Some(self_reference(profile, next.at)),
                Err(error) => Some(error),
            };
        }
        Ok(NextStep::OwnBase) if base.is_err() => node.problem = base.err(),
        Ok(NextStep::OwnBase) if node.kind == "none" => {
            let lack = Some(no_credentials(profile));
            if profile.get(Key::SourceProfile).is_some() || ProcessLine::of(profile).is_some() {
                node.problem = lack;
            } else {
                node.lack = lack;
            }
        }
        Ok(_) => {}
        Err(error) => node.problem = Some(error),
    }
    node
}

/// Where the walk goes from a profile if only the files count.
fn next_step(profile: &Profile<'_>) -> Result<NextStep> {
    match (profile.get(Key::RoleArn), profile.get(Key::WebIdentityTokenFile)) {
        (Some(_), Some((path, setting))) => {
            Ok(NextStep::WebIdentity { token_file: path.into(), at: setting.at.clone() })
        }
        (Some((_, role)), None) => source_of(profile, Some(role)),
        (None, Some((_, token))) => Err(without_role(profile, token)),
        (None, None) => without_role_or_token(profile, None),
    }
}

/// Checks that `profile` says where its credentials come from. It does not check that they exist.
pub(crate) fn check_source(profile: &Profile<'_>) -> Result<()> {
    next_step(profile).map(drop)
}

//! All chains at once: which profile takes its credentials from which.
//!
//! One pass over both files, by the rules of [`super::resolve`] but for the environment. What is broken
//! is marked where it is, and the rest goes on.

use std::collections::HashMap;

use super::{
    base::{no_credentials, own_keys},
    resolve::{
        Next, Turn, circle, no_such_source, self_reference, source_of, without_role,
        without_role_or_token,
    },
};
use crate::{
    error::{Error, Location, Result},
    profile::{Key, ProcessLine, Profile, ProfileSet},
};

/// A profile among the chains.
#[derive(Debug)]
pub struct Node {
    /// The profile's name.
    pub name: String,
    /// What it is, in one word, as `profile list` says it; `missing`: it is named, and not there.
    pub kind: &'static str,
    /// The role that it assumes.
    pub role_arn: Option<String>,
    /// Whether its role is assumed with MFA.
    pub has_mfa: bool,
    /// Where it stands; `None`: nowhere.
    pub at: Option<Location>,
    /// The profile that its credentials come from, as it is named.
    pub source: Option<String>,
    /// What is wrong with it.
    pub problem: Option<Error>,
    /// Those that take their credentials from it, in the order of the files.
    pub children: Vec<usize>,
    parent: Option<usize>,
    /// What named the source.
    link: Option<Next>,
    keys: Keys,
    /// What is wrong with it if another one takes its credentials from it.
    lack: Option<Error>,
}

/// Whether a profile has access keys, which end a chain that comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    No,
    /// It has, but for itself its role goes first.
    Own,
    /// This node stands for the keys alone.
    Alone,
}

/// The profiles of both files as trees, from the first credentials down to the last roles.
#[derive(Debug, Default)]
pub struct Forest {
    /// All profiles, and those that are missing.
    pub nodes: Vec<Node>,
    /// Those whose credentials come from no other.
    pub roots: Vec<usize>,
    /// Profiles that can't be read at all.
    pub unreadable: Vec<Error>,
}

impl Forest {
    /// The chains of `set`.
    pub fn of(set: &ProfileSet<'_>) -> Self {
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
        // What stands for more than one profile of the files: keys beside a role, and what is missing.
        let mut others: HashMap<String, usize> = HashMap::new();
        for child in 0..self.nodes.len() {
            let Some(link) = &self.nodes[child].link else { continue };
            let name = link.name.clone();
            let parent = match known.get(&name) {
                Some(&at) if self.nodes[at].keys == Keys::No => at,
                Some(&at) if self.nodes[at].link.is_none() && self.nodes[at].kind == "keys" => at,
                Some(&at) => *others.entry(name).or_insert_with_key(|name| {
                    let place = self.nodes[at].at.clone();
                    push(&mut self.nodes, stand_in(name, "keys", place, Keys::Alone))
                }),
                None => {
                    let problem = no_such_source(&self.nodes[child].name, link);
                    self.nodes[child].problem.get_or_insert(problem);
                    *others.entry(name).or_insert_with_key(|name| {
                        push(&mut self.nodes, stand_in(name, "missing", None, Keys::No))
                    })
                }
            };
            self.nodes[child].parent = Some(parent);
        }
    }

    /// Cuts each loop at the profile of it that stands first.
    fn break_loops(&mut self) {
        // Which walk came by a node: no second one goes on from there.
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
        // A profile whose source comes back to it is one, even if its keys would end the chain.
        for alone in 0..self.nodes.len() {
            if self.nodes[alone].keys == Keys::Alone {
                self.mark_return_to(alone);
            }
        }
    }

    /// The nodes from `start` up to the root or back to it.
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

    fn mark_return_to(&mut self, alone: usize) {
        let name = self.nodes[alone].name.clone();
        let Some(own) = self.nodes.iter().position(|node| node.name == name) else { return };
        let mut way = self.way_up(own);
        if way.pop() == Some(alone) {
            let problem = self.circle(&way, &name);
            self.nodes[own].problem.get_or_insert(problem);
        }
    }
}

fn push(nodes: &mut Vec<Node>, node: Node) -> usize {
    nodes.push(node);
    nodes.len() - 1
}

fn stand_in(name: &str, kind: &'static str, at: Option<Location>, keys: Keys) -> Node {
    Node {
        name: name.to_owned(),
        kind,
        role_arn: None,
        has_mfa: false,
        at,
        source: None,
        problem: None,
        children: Vec::new(),
        parent: None,
        link: None,
        keys,
        lack: None,
    }
}

fn node(profile: &Profile<'_>) -> Node {
    let base = own_keys(profile);
    let keys = if matches!(base, Ok(None)) { Keys::No } else { Keys::Own };
    let mut node = stand_in(&profile.name, profile.kind(), Some(profile.at.clone()), keys);
    node.role_arn = profile.get(Key::RoleArn).map(|(arn, _)| arn.to_owned());
    node.has_mfa = node.role_arn.is_some() && profile.get(Key::MfaSerial).is_some();
    match turn(profile) {
        Ok(Turn::Source(next)) if next.name != profile.name => {
            node.source = Some(next.name.clone());
            node.link = Some(next);
        }
        Ok(Turn::Source(next)) => {
            node.source = Some(next.name);
            node.problem = match base {
                Ok(Some(_)) => None,
                Ok(None) => Some(self_reference(profile, next.at)),
                Err(error) => Some(error),
            };
        }
        Ok(Turn::OwnBase) if base.is_err() => node.problem = base.err(),
        Ok(Turn::OwnBase) if node.kind == "none" => {
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

/// Where a profile leads by the files alone.
fn turn(profile: &Profile<'_>) -> Result<Turn> {
    match (profile.get(Key::RoleArn), profile.get(Key::WebIdentityTokenFile)) {
        (Some(_), Some((path, setting))) => {
            Ok(Turn::WebIdentity { token_file: path.into(), at: setting.at.clone() })
        }
        (Some((_, role)), None) => source_of(profile, Some(role)),
        (None, Some((_, token))) => Err(without_role(profile, token)),
        (None, None) => without_role_or_token(profile, None),
    }
}

/// Whether `profile` says where its credentials come from; whether they do is another question.
pub fn check_source(profile: &Profile<'_>) -> Result<()> {
    turn(profile).map(drop)
}

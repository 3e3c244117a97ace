//! Systems other than Unix: the console can't be asked without unsafe code.

#![allow(clippy::unused_self, reason = "on Unix there is more to do")]

use std::{convert::Infallible, marker::PhantomData};

use super::{Mode, Refusal, terminal};
use crate::context::Context;

/// A talk with the human at the terminal: there is none.
pub struct Talk<'c> {
    never: Infallible,
    context: PhantomData<&'c Context>,
}

impl<'c> Talk<'c> {
    /// Says why there is none.
    pub fn begin(_: Mode, _: &'c Context) -> Result<Self, Refusal> {
        terminal::usable()
            .map(|()| unreachable!("BUG: it is never usable"))
            .map_err(Refusal::Nobody)
    }

    /// Shows `text`.
    pub fn tell(&self, _: &str) -> Result<(), Refusal> {
        match self.never {}
    }

    /// Puts a question.
    pub fn ask(&self, _: &str) -> Result<String, Refusal> {
        match self.never {}
    }

    /// Ends it.
    pub fn end(self) -> Result<(), Refusal> {
        match self.never {}
    }
}

//! STUB to be replaced on merge.
use crate::{context::Context, secret::Secret};
use std::time::Duration;
/// q
pub struct Question<'q> {
    /// a
    pub serial: &'q str,
    /// a
    pub about: &'q str,
    /// a
    pub again: Option<&'q str>,
    /// a
    pub command: Option<&'q str>,
}
/// m
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// a
    Auto,
}
impl Mode {
    /// a
    pub fn of(_c: &Context) -> Result<Self, String> {
        Ok(Self::Auto)
    }
}
/// r
#[derive(Debug)]
pub enum Refusal {
    /// a
    Nobody(String),
    /// a
    Cancelled,
    /// a
    Stopped,
    /// a
    TimedOut,
    /// a
    Failed(String),
}
/// a
pub fn ask(
    q: &Question<'_>,
    _m: Mode,
    context: &Context,
    deadline: Duration,
) -> Result<Secret, Refusal> {
    let Some(command) = q.command else {
        return Err(Refusal::Nobody("there is no terminal".into()));
    };
    let out = crate::child::run(command, &context.environment_of_child(&[]), deadline)
        .map_err(|e| Refusal::Failed(format!("{e:?}")))?;
    Ok(Secret::from(String::from_utf8_lossy(&out).trim()))
}
/// a
pub fn can_ask(command: Option<&str>, _m: Mode, _c: &Context) -> Result<(), String> {
    if command.is_some() { Ok(()) } else { Err("no".into()) }
}
/// a
pub fn stop_ourselves() {}

//! What a person is shown while another process does the work.

use std::time::Duration;

use super::request::SessionRequest;
use crate::{
    context::Context,
    progress::{Waiting, waiting_for},
};

/// After this time, a person who sees no progress line is told what is being waited for.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// Shows once that another process is waited for.
pub(super) struct WaitNotice<'c> {
    context: &'c Context,
    on_wait: Option<fn(&str)>,
    /// When that is due, counted from the start of the process.
    report_after: Duration,
    line: Option<Waiting<'c>>,
}

impl<'c> WaitNotice<'c> {
    /// Returns one for waiting that begins now.
    pub(super) fn new(context: &'c Context, request: SessionRequest) -> Self {
        // On a terminal, the line says the same.
        let on_wait = request.on_wait.filter(|_| !context.shows_progress());
        Self { context, on_wait, report_after: context.elapsed() + REPORT_AFTER, line: None }
    }

    /// Shows what the other process is doing, such as `creating the session of 'x'`; `holder` is its number, if that
    /// is known.
    pub(super) fn show(&mut self, holder: Option<u32>, doing: &str) {
        let other = other(holder);
        self.line.get_or_insert_with(|| {
            waiting_for(self.context, &format!("{other}, which is {doing}"))
        });
        if self.context.elapsed() >= self.report_after
            && let Some(on_wait) = self.on_wait.take()
        {
            on_wait(&format!("{other} is {doing}"));
        }
    }
}

/// Names another process, with its number if that is known.
pub(super) fn other(holder: Option<u32>) -> String {
    let number = holder.map(|process| format!(" (process {process})")).unwrap_or_default();
    format!("another rolecall{number}")
}

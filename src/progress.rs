//! Says on the terminal what a call waits for, if that takes longer than a moment.
//!
//! Only verbs that people run show it ([`Context::allow_progress`]): the AWS CLI and the SDKs pass on what
//! `credential-process` writes to stderr. A thread draws the line, since the caller is blocked; a verb that
//! waits for nothing, and `credential-process`, start none.
//!
//! The line is gone before anything else is written: a [`Waiting`] lives only as long as the call, and
//! whoever asks or prints does so after it.

use std::{
    io::{self, Write as _},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::{
    context::Context,
    output::{escape, head},
    prompt::{SignalGuard, is_in_foreground},
};

/// How long a call may take without a word.
const DELAY: Duration = Duration::from_millis(300);
/// How long each character of the spinner is shown, and a signal goes unnoticed.
const TURN: Duration = Duration::from_millis(100);
/// The spinner; the last character is never shown.
const FIGURES: &str = "|/-\\ ";
/// The bar: what is done, its head, and what is left.
const BAR: &str = "=>-";
/// The columns at the right that stay free.
const MARGIN: u16 = 4;
/// The cells of the spinner.
const SPINNER: usize = 2;

/// Something that is being waited for, until this is dropped. What is waited for meanwhile is not shown.
#[must_use]
pub struct Waiting<'c>(Option<Line<'c>>);

/// The line, and the thread that draws it.
struct Line<'c> {
    context: &'c Context,
    done: Arc<Done>,
    thread: JoinHandle<()>,
}

/// Shows `Waiting for` and `what`, such as `STS`, if that takes long.
pub fn waiting_for<'c>(context: &'c Context, what: &str) -> Waiting<'c> {
    let text = waiting_text(what);
    Waiting::start(context, move |done| show_spinner(&text, None, done))
}

/// Things that are done one after the other while the caller waits, until this is dropped.
#[must_use]
pub(crate) struct Counting<'c> {
    counter: Arc<Counter>,
    _waiting: Waiting<'c>,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// What is being done, such as `Listing roles`.
    pub(crate) doing: &'static str,
    /// What it is done to, such as `accounts`.
    pub(crate) items: &'static str,
}

/// How many are done, and of how many; 0 if that is not known yet.
#[derive(Default)]
struct Counter {
    done: AtomicUsize,
    total: AtomicUsize,
}

/// Shows `Waiting for` and `what` if that takes long, and a bar as soon as it is known how many there are.
pub(crate) fn counting<'c>(context: &'c Context, what: &str, counted: Counted) -> Counting<'c> {
    let (text, shared) = (waiting_text(what), Arc::<Counter>::default());
    let seen = Arc::clone(&shared);
    let waiting =
        Waiting::start(context, move |done| show_spinner(&text, Some((&seen, counted)), done));
    Counting { counter: shared, _waiting: waiting }
}

impl Counting<'_> {
    /// Shows that `done` of `total` are done.
    pub(crate) fn set(&self, done: usize, total: usize) {
        self.counter.done.store(done, Ordering::Relaxed);
        self.counter.total.store(total, Ordering::Relaxed);
    }
}

fn waiting_text(what: &str) -> String {
    format!("Waiting for {}", escape(what))
}

/// Like [`waiting_for`], for a program that may use the terminal itself: the line does not move, and the
/// cursor is below it.
pub(crate) fn waiting_for_program<'c>(context: &'c Context, what: &str) -> Waiting<'c> {
    let text = waiting_text(what);
    Waiting::start(context, move |done| show_still(&text, done))
}

impl<'c> Waiting<'c> {
    fn start(context: &'c Context, show: impl FnOnce(&Done) + Send + 'static) -> Self {
        if !context.take_progress() {
            return Self(None);
        }
        let done = Arc::new(Done::default());
        let seen = Arc::clone(&done);
        let shown = move || {
            if !seen.within(DELAY) && is_in_foreground() {
                show(&seen);
            }
        };
        // Without a thread there is no line, and the call is made all the same.
        if let Ok(thread) = thread::Builder::new().spawn(shown) {
            return Self(Some(Line { context, done, thread }));
        }
        context.allow_progress();
        Self(None)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(Line { context, done, thread }) = self.0.take() {
            done.set();
            // If it panicked, the line stays.
            drop(thread.join());
            context.allow_progress();
        }
    }
}

/// Whether the call has ended.
#[derive(Default)]
struct Done {
    is_done: Mutex<bool>,
    changed: Condvar,
}

impl Done {
    fn set(&self) {
        *self.is_done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits for the end, for at most `limit`. Returns whether it came.
    fn within(&self, limit: Duration) -> bool {
        let is_done = self.is_done.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = self.changed.wait_timeout_while(is_done, limit, |is_done| !*is_done);
        *ended.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Shows `text`, or the bar of what is counted as soon as there is something to count.
fn show_spinner(text: &str, counted: Option<(&Counter, Counted)>, done: &Done) {
    // From here on a signal that ends the process wipes the line first.
    let Ok(signals) = SignalGuard::start() else { return };
    let style =
        ProgressStyle::with_template("{spinner} {msg}").expect("BUG: the template is right");
    // Its own target for stderr draws nothing where TERM is not set.
    let target = ProgressDrawTarget::term_like(Box::new(Narrow(Term::buffered_stderr())));
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(style.tick_chars(FIGURES));
    bar.set_message(head(text, width().saturating_sub(SPINNER)));
    let mut is_bar = false;
    loop {
        if let Some((counter, counted)) = counted
            && let total @ 1.. = counter.total.load(Ordering::Relaxed)
        {
            if !is_bar {
                bar.set_style(bar_style(counted));
                is_bar = true;
            }
            bar.set_length(total as u64);
            bar.set_position(counter.done.load(Ordering::Relaxed) as u64);
        }
        bar.tick();
        let is_done = done.within(TURN);
        if is_done || signals.is_interrupted() || !is_in_foreground() {
            break;
        }
    }
    bar.finish_and_clear();
    drop(bar);
    signals.end_as_signalled();
}

/// The bar comes last, and gets what room is left.
fn bar_style(counted: Counted) -> ProgressStyle {
    let Counted { doing, items } = counted;
    let template = format!("{doing}: {{pos}} of {{len}} {items} {{wide_bar}}");
    let style = ProgressStyle::with_template(&template).expect("BUG: the template is right");
    style.progress_chars(BAR)
}

/// The terminal, without its last columns: what it shows for Ctrl-C must not begin a new line, which would
/// be erased instead of ours.
#[derive(Debug)]
struct Narrow(Term);

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        TermLike::width(&self.0).saturating_sub(MARGIN)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

fn show_still(text: &str, done: &Done) {
    let Ok(signals) = SignalGuard::start() else { return };
    let write = |text: &str| drop(io::stderr().write_all(text.as_bytes()));
    write(&format!("{}\n", head(text, width())));
    while !done.within(TURN) && !signals.is_interrupted() {}
    if is_in_foreground() {
        write("\x1b[A\r\x1b[K");
    }
    signals.end_as_signalled();
}

/// Returns the width of a line, in cells.
fn width() -> usize {
    TermLike::width(&Narrow(Term::stderr())).into()
}

//! The question on the controlling terminal, whatever stdin, stdout and stderr are.
//!
//! The terminal is told to echo nothing and to hand over each key at once, Ctrl-C and Ctrl-Z too.
//! So no signal arrives before the terminal is as it was: with Ctrl-Z, the shell would take the
//! terminal back while we are still at it, and then the kernel stops whoever changes its settings.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::{fd::AsFd as _, unix::fs::OpenOptionsExt as _},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    process::{Signal, getpgrp, kill_current_process_group},
    termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
        tcgetpgrp, tcsetattr,
    },
};

mod entry;

use crate::{output::escape, secret::Secret};

pub(super) use entry::enter;

use super::{
    Asking, LEAST_TIME, MOST_TRIES, NO_CODE_ENTERED, NOT_A_CODE, Refusal, code_in,
    line::{self, Keys, Line, Meaning},
    tty_lock,
};

/// How long we sleep at most without a look at who is in the foreground and whether the caller is
/// still there.
const LOOK: Duration = Duration::from_millis(200);

/// Whether the question can be put; the error says why not.
pub(super) fn usable() -> Result<(), String> {
    open().map(drop)
}

/// Our terminal, where we are in its foreground: a job in the background would be stopped when it
/// reads there or changes settings, and would hold its locks for ever.
pub(super) fn open() -> Result<File, String> {
    let mut options = OpenOptions::new();
    // Not blocking: after Ctrl-S a write would last as long as the user likes.
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
    options.read(true).write(true).custom_flags(flags.cast_signed());
    let terminal =
        options.open("/dev/tty").map_err(|_| "there is no terminal to ask on".to_owned())?;
    if is_ours(&terminal) {
        Ok(terminal)
    } else {
        Err("rolecall runs in the background of its terminal and can't ask there".to_owned())
    }
}

pub(super) fn is_ours(terminal: &File) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
}

/// Stops the job as Ctrl-Z does.
pub(super) fn stop_job() {
    // Where it can't be, we just go on.
    let _ = kill_current_process_group(Signal::TSTP);
}

/// Puts the question.
pub(super) fn ask(asking: &Asking<'_>) -> Result<Secret, Refusal> {
    let terminal = open().map_err(Refusal::Nobody)?;
    let _turn = tty_lock::wait(|| match asking.time_left() {
        Some(left) if left >= LEAST_TIME => pause(&terminal, asking),
        _ => Err(Refusal::TimedOut),
    })?;
    let screen = Screen::quiet(&terminal)?;
    let question = asking.question;
    let mut text = String::new();
    for line in [Some(question.about), question.again].into_iter().flatten() {
        text.push_str(&escape(line));
        text.push('\n');
    }
    let prompt = format!("Enter MFA code for {}: ", escape(question.serial));
    text.push_str(&prompt);
    for _ in 0..MOST_TRIES {
        screen.write(&text, asking)?;
        let mut line = Line::new(screen.keys(), line::MOST);
        match screen.read(&mut line, &prompt, asking)? {
            Meaning::Done => {
                if let Some(code) = code_in(line.text()) {
                    return Ok(code);
                }
                text = format!("\n{NOT_A_CODE}\n{prompt}");
            }
            given_up => return Err(screen.give_up(given_up, asking)),
        }
    }
    Err(Refusal::Failed(NO_CODE_ENTERED.to_owned()))
}

/// Sends the signal that the key would have sent: to all of the job, the caller included.
fn interrupt_job(signal: Signal, asking: &Asking<'_>) {
    if kill_current_process_group(signal).is_ok() {
        // Ours must not come when nobody holds it back any more. One that is ignored never comes.
        let alarms = asking.watch.alarms().collect::<Vec<_>>();
        let mut fds: Vec<_> = alarms.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        if !asking.watch.is_interrupted() {
            let _ = poll(&mut fds, Some(&timespec(LOOK)));
        }
    }
}

/// Waits a moment, as long as there is a reason to go on waiting.
fn pause(terminal: &File, asking: &Asking<'_>) -> Result<(), Refusal> {
    wait_for(terminal, PollFlags::empty(), asking).map(drop)
}

/// Waits until the terminal is ready or there may be something else to do; gives whether it is.
pub(super) fn wait_for(
    terminal: &File,
    what: PollFlags,
    asking: &Asking<'_>,
) -> Result<bool, Refusal> {
    if asking.is_called_off() {
        return Err(Refusal::Cancelled);
    }
    let left = asking.time_left().ok_or(Refusal::TimedOut)?;
    let alarms: Vec<_> = asking.watch.alarms().collect();
    let mut fds = vec![PollFd::new(terminal, what)];
    fds.extend(alarms.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
    match poll(&mut fds, Some(&timespec(left.min(LOOK)))) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(broken(error.into())),
    }
    let events = fds[0].revents();
    asking.watch.heard();
    if asking.is_called_off() {
        return Err(Refusal::Cancelled);
    }
    // Reading or writing there from the background would stop us.
    if !is_ours(terminal) {
        let hung_up = tcgetpgrp(terminal).is_err();
        return Err(if hung_up { Refusal::Cancelled } else { Refusal::Stopped });
    }
    Ok(!events.is_empty())
}

fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
}

pub(super) fn broken(error: io::Error) -> Refusal {
    Refusal::Failed(format!("the terminal can't be used: {error}"))
}

/// A terminal that echoes nothing by itself, until this is dropped.
struct Screen<'t> {
    terminal: &'t File,
    before: Termios,
    /// Whether we show what is typed.
    shows: bool,
}

impl<'t> Screen<'t> {
    fn quiet(terminal: &'t File) -> Result<Self, Refusal> {
        let before = tcgetattr(terminal).map_err(|error| broken(error.into()))?;
        let screen = Self { terminal, before, shows: false };
        // What was typed before the question is no answer to it.
        let _ = tcflush(terminal, QueueSelector::IFlush);
        screen.silence()?;
        Ok(screen)
    }

    fn silence(&self) -> Result<(), Refusal> {
        let mut quiet = self.before.clone();
        quiet.local_modes.remove(
            LocalModes::ECHO
                | LocalModes::ECHONL
                | LocalModes::ICANON
                | LocalModes::IEXTEN
                | LocalModes::ISIG,
        );
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(self.terminal, OptionalActions::Now, &quiet).map_err(|error| broken(error.into()))
    }

    fn keys(&self) -> Keys {
        let codes = &self.before.special_codes;
        Keys {
            interrupt: codes[SpecialCodeIndex::VINTR],
            quit: codes[SpecialCodeIndex::VQUIT],
            stop: codes[SpecialCodeIndex::VSUSP],
            end: codes[SpecialCodeIndex::VEOF],
            erase: codes[SpecialCodeIndex::VERASE],
            erase_word: codes[SpecialCodeIndex::VWERASE],
            erase_line: codes[SpecialCodeIndex::VKILL],
        }
    }

    fn write(&self, text: &str, asking: &Asking<'_>) -> Result<(), Refusal> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match { self.terminal }.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait_for(self.terminal, PollFlags::OUT, asking)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(())
    }

    /// Reads keys until one of them means more than itself.
    fn read(&self, line: &mut Line, prompt: &str, asking: &Asking<'_>) -> Result<Meaning, Refusal> {
        loop {
            let is_ready = wait_for(self.terminal, PollFlags::IN, asking)?;
            if asking.watch.was_continued() {
                // Whoever had the terminal meanwhile may have left it in another state.
                self.silence()?;
                line.clear();
                self.write(&format!("\n{prompt}"), asking)?;
                continue;
            }
            if !is_ready {
                continue;
            }
            // One at a time: what comes behind the line is for the next program.
            let mut key = zeroize::Zeroizing::new([0]);
            let before = line.text().len();
            match { self.terminal }.read(&mut *key) {
                Ok(1) => match line.take(key[0]) {
                    Meaning::More => self.show(line, before, asking)?,
                    meaning => return Ok(meaning),
                },
                // The terminal is gone.
                Ok(_) => return Err(Refusal::Cancelled),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                    _ => return Err(Refusal::Cancelled),
                },
            }
        }
    }
}

impl Screen<'_> {
    /// Ends the question for a key that is no answer: the terminal is as it was before the signal of
    /// that key is sent.
    fn give_up(self, key: Meaning, asking: &Asking<'_>) -> Refusal {
        let signal = match key {
            Meaning::Stop => return Refusal::Stopped,
            Meaning::Interrupt => Some(Signal::INT),
            Meaning::Quit => Some(Signal::QUIT),
            Meaning::Done | Meaning::End | Meaning::More => None,
        };
        drop(self);
        if let Some(signal) = signal {
            interrupt_job(signal, asking);
        }
        Refusal::Cancelled
    }

    /// Shows what the last key did to a line that had `before` bytes.
    fn show(&self, line: &Line, before: usize, asking: &Asking<'_>) -> Result<(), Refusal> {
        if !self.shows {
            return Ok(());
        }
        match line.text().get(before..) {
            Some(new) => self.write(&escape(&String::from_utf8_lossy(new)), asking),
            None => self.write(&"\x08 \x08".repeat(before - line.text().len()), asking),
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // From the background it would stop us; then the shell has put the terminal right.
        if is_ours(self.terminal) {
            drop({ self.terminal }.write(b"\n"));
            put_back(self.terminal, &self.before);
        }
    }
}

/// As long as it lives, Ctrl-Z is a key like others on a terminal that we are in the foreground of:
/// it would stop us while another program asks for us, with the locks held that all others wait for.
///
/// Nothing but this one setting is put back, and by nobody but who changed it, so that several of
/// these at once on one terminal do not take the key from the shell for good.
pub(super) struct Unstoppable {
    terminal: File,
    key: u8,
}

/// What stands for no key. Rule: termios(3), `_POSIX_VDISABLE`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_KEY: u8 = 0;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_KEY: u8 = 0xff;

impl Unstoppable {
    /// `None` where there is no such terminal, or no such key on it.
    pub(super) fn new() -> Option<Self> {
        let terminal = open().ok()?;
        let mut settings = tcgetattr(&terminal).ok()?;
        let key = settings.special_codes[SpecialCodeIndex::VSUSP];
        if key == NO_KEY {
            return None;
        }
        settings.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        tcsetattr(&terminal, OptionalActions::Now, &settings).ok()?;
        Some(Self { terminal, key })
    }
}

impl Drop for Unstoppable {
    fn drop(&mut self) {
        if is_ours(&self.terminal)
            && let Ok(mut settings) = tcgetattr(&self.terminal)
        {
            settings.special_codes[SpecialCodeIndex::VSUSP] = self.key;
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &settings);
        }
    }
}

/// The terminal for a program that may ask there; its settings are put back where that program is
/// ended before it can do so.
pub(super) struct Lent {
    terminal: File,
    before: Termios,
}

impl Lent {
    /// `None` where there is none, or we are in its background.
    pub(super) fn new() -> Option<Self> {
        let ours = open().ok()?;
        // A program does not expect a terminal that does not block.
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&ours).ok()?;
        Some(Self { terminal, before })
    }

    pub(super) fn hand_out(&self) -> io::Result<File> {
        self.terminal.as_fd().try_clone_to_owned().map(File::from)
    }

    pub(super) fn put_right(&self) {
        if is_ours(&self.terminal) {
            put_back(&self.terminal, &self.before);
        }
    }
}

/// Puts settings back, but for the key that stops a job, which is [`Unstoppable`]'s alone.
fn put_back(terminal: &File, before: &Termios) {
    let stop = SpecialCodeIndex::VSUSP;
    let mut settings = before.clone();
    if let Ok(now) = tcgetattr(terminal) {
        settings.special_codes[stop] = now.special_codes[stop];
    }
    let _ = tcsetattr(terminal, OptionalActions::Now, &settings);
}

//! A list at the terminal.
//!
//! The cursor stays in the first line, behind the filter, which is drawn last. So when the terminal is resized, and moves lines
//! as it likes, all that is left of the list is still behind the cursor.

use std::{
    io::{self, Read as _, Write as _},
    time::Duration,
};

use rustix::{event::PollFlags, process::Signal};

use super::{
    super::{
        asking::Asking,
        list::List,
        picker::{Choice, Keyboard, Outcome, Pressed, Size, View, summary},
        question::Unanswered,
    },
    device::{Tty, interrupt_job},
    lock::take_turn,
    screen::Screen,
};

/// How long the rest of a key's sequence may take. Without a rest, it was the Escape key.
const ESCAPE_DELAY: Duration = Duration::from_millis(50);
/// The size of a terminal that doesn't know its own.
const USUAL_SIZE: (usize, usize) = (80, 24);
/// From the cursor's line to the end of the screen.
const ERASE: &str = "\r\x1b[J";

/// Waits for our turn, shows the list, and returns the rows that were chosen, at least one. The terminal is
/// then as it was before.
pub(in crate::prompt) fn choose(
    tty: &Tty,
    list: &List<'_>,
    asking: &Asking<'_>,
) -> Result<Vec<usize>, Unanswered> {
    let _turn = take_turn(tty, asking)?;
    let screen = Screen::new(tty, true)?;
    let (choice, view) = (Choice::new(list), View::of(list));
    let mut chooser = Chooser { tty, choice, view, keyboard: Keyboard::default(), drawn: None };
    let end = chooser.run(&screen, asking);
    let left = match end {
        Ok(End::Chosen) => format!("{ERASE}{}\n", summary(&chooser.choice, chooser.size())),
        _ => ERASE.to_owned(),
    };
    if tty.is_ours() {
        drop({ &tty.0 }.write(left.as_bytes()));
    }
    drop(screen);
    match end? {
        End::Chosen => return Ok(chooser.choice.chosen()),
        End::Pressed(Pressed::Stop) => return Err(Unanswered::Stopped),
        End::Pressed(Pressed::Interrupt) => interrupt_job(Signal::INT, asking),
        End::Pressed(Pressed::Quit) => interrupt_job(Signal::QUIT, asking),
        End::Pressed(Pressed::Key(_)) | End::Left => {}
    }
    Err(Unanswered::Cancelled)
}

/// How the list was left.
enum End {
    Chosen,
    Left,
    /// By a key that sends a signal.
    Pressed(Pressed),
}

struct Chooser<'c, 'l> {
    tty: &'c Tty,
    choice: Choice<'l>,
    view: View,
    keyboard: Keyboard,
    /// The size of the terminal when the list was drawn; `None` if it must be drawn again.
    drawn: Option<Size>,
}

impl Chooser<'_, '_> {
    fn size(&self) -> Size {
        let (columns, lines) = self.tty.size().unwrap_or(USUAL_SIZE);
        Size { columns, lines }
    }

    fn run(&mut self, screen: &Screen<'_>, asking: &Asking<'_>) -> Result<End, Unanswered> {
        loop {
            self.draw(asking)?;
            let is_open = self.keyboard.has_begun();
            let is_ready = if is_open {
                self.tty.wait_at_most(ESCAPE_DELAY, PollFlags::IN, asking)?
            } else {
                self.tty.wait(PollFlags::IN, asking)?
            };
            if asking.signals.was_continued() {
                // Whoever had the terminal meanwhile may have changed its settings.
                screen.set()?;
                self.drawn = None;
            }
            let page = View::page(self.size());
            if !is_ready {
                if is_open && let Some(key) = self.keyboard.pause() {
                    self.drawn = None;
                    if self.choice.press(key, page) == Outcome::Left {
                        return Ok(End::Left);
                    }
                }
                continue;
            }
            // All that has been typed before anything is drawn again, but nothing behind the choice: that
            // is for the next program.
            while let Some(byte) = self.byte()? {
                self.drawn = None;
                match self.keyboard.take(byte) {
                    None => {}
                    Some(Pressed::Key(key)) => match self.choice.press(key, page) {
                        Outcome::More => {}
                        Outcome::Chosen => return Ok(End::Chosen),
                        Outcome::Left => return Ok(End::Left),
                    },
                    Some(pressed) => return Ok(End::Pressed(pressed)),
                }
            }
        }
    }

    /// Returns the next byte that was typed; `None` if there is none yet.
    fn byte(&self) -> Result<Option<u8>, Unanswered> {
        let mut byte = [0];
        match { &self.tty.0 }.read(&mut byte) {
            // The terminal is gone.
            Ok(0) => Err(Unanswered::Cancelled),
            Ok(_) => Ok(Some(byte[0])),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                _ => Err(Unanswered::Cancelled),
            },
        }
    }

    /// Draws the list, if it is not on the screen as it is.
    fn draw(&mut self, asking: &Asking<'_>) -> Result<(), Unanswered> {
        let size = self.size();
        if self.drawn == Some(size) {
            return Ok(());
        }
        let drawing = self.view.draw(&self.choice, size);
        let below: String = drawing.below.iter().flat_map(|line| ["\r\n", line]).collect();
        let up = match drawing.below.len() {
            0 => String::new(),
            up => format!("\r\x1b[{up}A"),
        };
        self.tty.write(&format!("{ERASE}{below}{up}{}", drawing.first), asking)?;
        self.drawn = Some(size);
        Ok(())
    }
}

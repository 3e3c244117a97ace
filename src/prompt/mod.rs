//! Asking a human: for an MFA code, for consent, or for lines at the terminal. Knows nothing of AWS,
//! sessions or locks.
//!
//! Callers of `credential_process` capture stdout and stderr and may leave stdin closed, so a
//! question uses none of the three. For an MFA code ([`ask_for_code`]), the first of these that can
//! be used:
//!
//! 1. a command that prints a code, if the profile names one (`command`);
//! 2. the controlling terminal, if we are in its foreground (`tty`);
//! 3. a dialog on the display: pinentry, or a program of the desktop (`dialog`).
//!
//! For consent ([`ask_for_consent`]), the terminal or a dialog.
//!
//! Everything else is asked at the terminal only ([`ask_for`], [`ask_line`], [`Terminal`]), or chosen from
//! a list there ([`List`], `picker`).
//!
//! A question ends at its deadline, on a signal, and when the process that called us is gone
//! (`asking`).

mod asking;
mod code;
mod command;
mod consent;
mod dialog;
mod list;
mod mfa;
mod mode;
#[cfg(unix)]
mod picker;
mod question;
#[cfg(not(unix))]
#[path = "no_tty.rs"]
mod signals;
#[cfg(unix)]
mod signals;
mod terminal;
#[cfg(unix)]
mod tty;
mod typed;
#[cfg(not(unix))]
use signals as tty;

pub use code::CodeQuestion;
pub use mfa::{ask_for_code, can_ask_for_code};
pub use mode::PromptMode;
pub use question::{Question, Unanswered};
pub use signals::SignalGuard;
pub use terminal::{ask_for, ask_line, ask_yes, can_ask_line};
pub use tty::stop_job;

pub(crate) use consent::ask_for_consent;
pub(crate) use list::{List, Row, can_choose};
pub(crate) use question::ConsentQuestion;
pub(crate) use terminal::Terminal;
pub(crate) use tty::{is_in_foreground, restore_terminal};
pub(crate) use typed::TypedLines;

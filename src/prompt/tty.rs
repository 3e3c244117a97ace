//! The controlling terminal, whatever stdin, stdout and stderr are.

mod chooser;
mod device;
mod line;
mod loan;
mod lock;
mod quiet;
mod reader;
mod screen;

pub(super) use chooser::choose;
pub use device::stop_job;
pub(super) use device::{SuspendKeyOff, Tty};
pub(crate) use device::{is_in_foreground, restore_terminal};
pub(super) use loan::Loan;
pub(super) use quiet::QuietTty;
pub(super) use reader::ask;

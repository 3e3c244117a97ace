//! The controlling terminal, whatever stdin, stdout and stderr are.

mod device;
mod line;
mod loan;
mod lock;
mod reader;

pub use device::stop_job;
pub(super) use device::{SuspendKeyOff, Tty};
pub(super) use loan::Loan;
pub(super) use reader::ask;

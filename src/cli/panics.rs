//! What happens at a panic, which is always a bug.

use crate::prompt::restore_terminal;

/// Makes each panic end the process: with a message as usual, the terminal as it was before, and the exit
/// code 101.
///
/// Release builds don't unwind, because the tables for that are a seventh of the program. Nothing that
/// matters needs it: the kernel releases locks and wipes memory, and whatever is created or replaced stays
/// consistent even after `kill -9`. But without this, the end would be an abort, of which some systems keep
/// a dump of the memory.
pub fn exit_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore_terminal();
        report(panic);
        #[cfg(panic = "abort")]
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing would be dropped otherwise, either"
        )]
        std::process::exit(101);
    }));
}

//! `rolecall-provision`, the program beside this one: where it is, and asking it something.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    progress::waiting_for,
};

const NAME: &str = "rolecall-provision";

/// What `rolecall-provision` prints to stdout, as JSON, if `rolecall` asks it something.
#[derive(Debug, Serialize, Deserialize)]
pub struct SiblingReply<T> {
    /// What went wrong without failing the call.
    pub warnings: Vec<String>,
    /// The answer, or why there is none.
    pub result: Result<T>,
}

/// An IAM user's MFA devices: the answer to `rolecall-provision iam mfa-serial`.
#[derive(Debug, Serialize, Deserialize)]
pub struct MfaDevices {
    /// The user's name.
    pub user: String,
    /// Serial numbers or ARNs of the devices of all kinds, in IAM's order.
    pub devices: Vec<String>,
}

/// Returns the path of `rolecall-provision`, which is never looked for in `PATH`: it gets
/// credentials, so it must come from where this program comes from.
pub(crate) fn sibling_path(context: &Context) -> Result<PathBuf> {
    context.beside(NAME).ok_or_else(not_installed)
}

/// Runs `rolecall-provision` with these arguments and returns its reply.
///
/// # Errors
/// If it can't be run, or prints no reply. An error within the reply is not one of these.
pub(crate) fn ask_sibling<T: DeserializeOwned>(
    context: &Context,
    arguments: &[String],
) -> Result<SiblingReply<T>> {
    let program = sibling_path(context)?;
    let _waiting = waiting_for(context, "IAM");
    let output = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null()) // the reply has it all
        .output()
        .map_err(|error| not_started(&program, error))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let text = format!("{NAME} did not answer ({}): it may be another version", output.status);
        Error::new(Kind::Other, text).hint(INSTALL)
    })
}

/// Returns the error for a `program` that could not be started.
pub(crate) fn not_started(program: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => not_installed(),
        _ => Error::io("start", program, error),
    }
}

/// What to do if the program is missing or of another version.
const INSTALL: &str =
    "install the same version of rolecall-provision in the same directory as rolecall";

fn not_installed() -> Error {
    Error::new(Kind::Other, format!("{NAME} was not found next to this program")).hint(INSTALL)
}

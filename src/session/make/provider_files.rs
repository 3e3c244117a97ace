//! Files that the SDK's providers read by themselves, without limits: they are checked first.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::{
    context::Context,
    error::{Error, Result},
    input,
    plan::Base,
    secret::hex,
};

/// Larger than any token or console session, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The variable that names the file with the token for a container's endpoint.
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// The variable that names the folder of console sessions.
const LOGIN_FOLDER: &str = "AWS_LOGIN_CACHE_DIRECTORY";

/// Checks the file with the token for the container's endpoint, if there is one.
///
/// # Errors
/// If it can't be read.
pub(super) fn check_container_token(context: &Context, base: &Base) -> Result<()> {
    let Some(path) = context.var_os(TOKEN_FILE).map(Path::new) else { return Ok(()) };
    input::check(path, LARGEST).map_err(|error| {
        let text = format!("the file in {TOKEN_FILE} ({}) can't be read: {error}", path.display());
        Error::config(text)
            .at(base.at.clone())
            .hint("check that the container agent has written it")
    })
}

/// Checks the file of the console session of `aws login`. A missing one is no error here.
///
/// # Errors
/// If it can't be read.
pub(super) fn check_console_session(context: &Context, base: &Base, session: &str) -> Result<()> {
    let Some(path) = console_session_file(context, session) else { return Ok(()) };
    match input::check(&path, LARGEST) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let text = format!("the console session in {} can't be read: {error}", path.display());
            Err(Error::config(text)
                .at(base.at.clone())
                .hint("remove that file, then run 'aws login' again"))
        }
        _ => Ok(()),
    }
}

/// Returns the file in which `aws login` keeps the console session for the ARN `session`, whether it exists or
/// not; `None` without a home folder.
///
/// Rule: AWS SDKs and Tools reference, "Login credentials provider".
pub(crate) fn console_session_file(context: &Context, session: &str) -> Option<PathBuf> {
    let folder = match context.var_os(LOGIN_FOLDER) {
        Some(folder) => PathBuf::from(folder),
        None => context.home()?.join(".aws/login/cache"),
    };
    let name = hex(&Sha256::digest(session.trim().as_bytes()));
    Some(folder.join(name + ".json"))
}

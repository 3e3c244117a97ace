//! The sign-in with a browser on this machine: authorization code with PKCE.
//!
//! Rules: RFC 7636 and RFC 8252.

use super::sign_in::{Attempt, NoSignIn, SignInNotice, TICK};
use crate::{
    aws::{Authorization, Failure, Grant, IssuedToken, authorization_address, create_token},
    browser::{Browser, Callback, CallbackListener, Reply},
    error::{Error, Kind, Result},
    prompt::TypedLines,
    secret::{Secret, random_hex},
};

/// How many random bytes a state and a verifier have.
const RANDOM_BYTES: usize = 32;

impl Attempt<'_> {
    /// Signs in with `browser`, or with the one that the person opens.
    pub(super) fn with_browser(
        &self,
        browser: Option<&Browser>,
        port: u16,
    ) -> std::result::Result<IssuedToken, NoSignIn> {
        let (state, verifier) = (random()?, random()?);
        // Before the browser starts, so that nobody else can have the port.
        let mut listener = CallbackListener::open(port, state.clone()).map_err(|error| {
            let what = format!("the local port {port} can't be opened: {error}");
            Error::new(Kind::Other, what).hint("use another --redirect-port, or --device-code")
        })?;
        let redirect_uri = listener.redirect_uri();
        let address = authorization_address(
            self.request.oidc,
            &Authorization {
                registration: &self.registration,
                redirect_uri: &redirect_uri,
                state: &state,
                verifier: &verifier,
                scopes: &self.request.session.scopes,
            },
        )?;
        let mut child = self.open(browser, &address);
        let mut typed = self.show(&address, child.is_some());
        let (callback, reply) = loop {
            self.check()?;
            if let Some((callback, reply)) = listener.poll() {
                break (callback, Some(reply));
            }
            if let Some(line) = typed.as_mut().and_then(TypedLines::poll) {
                match listener.pasted(&line) {
                    Some(callback) => break (callback, None),
                    None => (self.request.notify)(&SignInNotice::NotTheAddress),
                }
            }
            if let Some(Ok(Some(status))) = child.as_mut().map(std::process::Child::try_wait) {
                child = None;
                if !status.success() {
                    (self.request.notify)(&SignInNotice::NoBrowser(&format!(
                        "it exited with {status}"
                    )));
                    typed = self.show(&address, false);
                }
            }
            std::thread::sleep(TICK);
        };
        // One answer is enough.
        drop(listener);
        let code = match callback {
            Callback::Code(code) => code,
            Callback::Refused { error, description } => {
                let error = refused(&error, &description);
                if let Some(reply) = reply {
                    reply.failed(&error.to_string());
                }
                return Err(error.into());
            }
        };
        let grant = Grant::AuthorizationCode {
            code: &code,
            redirect_uri: &redirect_uri,
            verifier: &verifier,
        };
        let issued = create_token(self.call(1), &self.registration, &grant);
        if let Some(reply) = reply {
            tell(reply, issued.as_ref().err());
        }
        Ok(issued?)
    }

    /// Shows where to sign in. Returns the lines that the person types, if the browser may be on another
    /// machine: there it ends at an address that it can't open, and that is pasted here.
    fn show(&self, address: &str, is_opened: bool) -> Option<TypedLines> {
        let typed = if is_opened { None } else { TypedLines::open(self.context) };
        let can_paste = typed.is_some();
        (self.request.notify)(&SignInNotice::Address { address, is_opened, can_paste });
        typed
    }
}

/// Shows the person in the browser what came of it.
fn tell(reply: Reply, failure: Option<&Failure>) {
    match failure {
        None => reply.done(),
        Some(Failure::Refused { message, .. }) if !message.is_empty() => {
            reply.failed(&format!("IAM Identity Center refused the sign-in: {message}"));
        }
        Some(_) => {
            reply.failed("IAM Identity Center returned no token. See the terminal for details.");
        }
    }
}

fn refused(error: &str, description: &str) -> Error {
    let words = if description.is_empty() { error } else { description };
    Error::new(Kind::Denied, format!("the sign-in was refused in the browser: {words}"))
}

/// A state or a verifier: letters and digits that nobody can guess.
fn random() -> Result<Secret> {
    random_hex(RANDOM_BYTES).map_err(|error| Error::new(Kind::Other, error.to_string()))
}

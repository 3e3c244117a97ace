//! The sign-in with a code on any device.
//!
//! Rule: RFC 8628, section 3.5.

use std::time::Duration;

use super::sign_in::{Attempt, NoSignIn, SignInNotice};
use crate::{
    aws::{Failure, Grant, IssuedToken, create_token, start_device_authorization},
    browser::Browser,
    error::{Error, Kind},
};

/// How much longer to wait between two attempts after `slow_down`.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest pause after failures of the network or the service.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Attempt<'_> {
    /// Signs in with a code that the person enters in a browser: in `browser`, or in any other.
    /// `reason` says why it is not a browser on this machine.
    pub(super) fn with_code(
        &self,
        browser: Option<&Browser>,
        reason: Option<&str>,
    ) -> Result<IssuedToken, NoSignIn> {
        let start_url = &self.start_url;
        let given = start_device_authorization(self.call(3), &self.registration, start_url)?;
        let started = self.context.elapsed();
        let address = given.verification_uri_complete.as_ref().unwrap_or(&given.verification_uri);
        let is_opened = self.open(browser, address).is_some();
        (self.request.notify)(&SignInNotice::Code {
            reason,
            code: &given.user_code,
            address: &given.verification_uri,
            complete: given.verification_uri_complete.as_deref(),
            is_opened,
        });
        let lasts = given.expires_in.to_std().unwrap_or_default();
        let mut interval = Duration::from_secs(given.interval_seconds.into());
        let mut pause = interval;
        loop {
            self.pause(pause)?;
            if self.context.elapsed().saturating_sub(started) >= lasts {
                return Err(self.run_out().into());
            }
            let grant = Grant::DeviceCode(&given.device_code);
            let failure = match create_token(self.call(1), &self.registration, &grant) {
                Ok(issued) => return Ok(issued),
                Err(failure) => failure,
            };
            pause = match &failure {
                Failure::Refused { code, .. } => match code.as_str() {
                    "AuthorizationPendingException" => interval,
                    "SlowDownException" | "SlowDown" => {
                        interval += SLOW_DOWN;
                        interval
                    }
                    "ExpiredTokenException" => return Err(self.run_out().into()),
                    "AccessDeniedException" => {
                        let message = "the sign-in was refused in the browser";
                        return Err(Error::new(Kind::Denied, message).into());
                    }
                    _ => return Err(failure.into()),
                },
                Failure::Unable { .. } | Failure::Unreachable { .. } | Failure::Foreign { .. } => {
                    (pause * 2).min(LONGEST_PAUSE)
                }
                _ => return Err(failure.into()),
            };
        }
    }

    fn run_out(&self) -> Error {
        Error::new(Kind::Denied, "the code expired before anyone entered it")
            .hint(format!("run '{}' again for a new one", self.login_command()))
    }
}

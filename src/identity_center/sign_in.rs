//! A sign-in by a person, from the choice of the way to the stored token.

use std::{process::Child, time::Duration};

use super::{
    aws_cache::AwsCache,
    explain::{FailedSsoCall, SsoGoal},
    record::SignInRecord,
    registration::{SignInGrant, WantedRegistration},
    sign_ins::{LockOutcome, SignInWait, SignIns},
    token::SignIn,
    way::{SignInFlags, SignInMethod},
};
use crate::{
    aws::{Budget, Call, Endpoint, Failure, IssuedToken, Registration},
    browser::Browser,
    context::Context,
    error::{Error, Kind, Result},
    plan::SsoSession,
    prompt::{PromptMode, SignalGuard},
    store::none,
};

/// The limit of one call to the OIDC service, which a person waits for.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(15);
/// How often to look whether something has happened.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// A sign-in to make.
pub(crate) struct SignInRequest<'r> {
    /// What to sign in to.
    pub(crate) session: &'r SsoSession,
    /// The OIDC service.
    pub(crate) oidc: &'r Endpoint,
    /// How.
    pub(crate) flags: SignInFlags,
    /// When to give up, counted from the start of the process.
    pub(crate) deadline: Duration,
    /// Whether to write the token to the AWS CLI's folder too, in plain text.
    pub(crate) aws_cache: bool,
    /// Tells the person what to do.
    pub(crate) notify: &'r dyn Fn(&SignInNotice<'_>),
}

/// What a person must know to sign in.
#[derive(Debug)]
pub(crate) enum SignInNotice<'n> {
    /// Another process is signing in or renewing the token.
    Waiting,
    /// Open this address in a browser on this machine.
    Address {
        /// The address.
        address: &'n str,
        /// Whether a browser was started with it.
        is_opened: bool,
        /// Whether the person can paste the address at which another machine's browser ends.
        can_paste: bool,
    },
    /// What was pasted is not the address of this sign-in.
    NotTheAddress,
    /// Enter this code at this address, on any device.
    Code {
        /// Why it is not a browser on this machine, if nobody asked for the code.
        reason: Option<&'n str>,
        /// The code, which the page shows too.
        code: &'n str,
        /// The address.
        address: &'n str,
        /// An address that includes the code.
        complete: Option<&'n str>,
        /// Whether a browser was started with it.
        is_opened: bool,
    },
    /// The browser could not be opened, and why.
    NoBrowser(&'n str),
}

/// A sign-in that was made.
pub(crate) struct SignedIn {
    /// Its record.
    pub(crate) record: SignInRecord,
    /// The file in the AWS CLI's folder that was written.
    pub(crate) aws_cache: Option<std::path::PathBuf>,
    /// The store that could not save it, and why.
    pub(crate) unsaved: Option<String>,
}

/// Why a sign-in ended without a token.
pub(super) enum NoSignIn {
    /// The service failed.
    Failed(Failure),
    /// For another reason.
    Other(Error),
}

impl From<Failure> for NoSignIn {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for NoSignIn {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// A sign-in that is being made.
pub(super) struct Attempt<'r> {
    pub(super) context: &'r Context,
    pub(super) request: &'r SignInRequest<'r>,
    pub(super) registration: Registration,
    /// The start URL as the service knows it.
    pub(super) start_url: String,
    signals: SignalGuard,
}

impl SignIns<'_> {
    /// Signs in: asks a person to do so in a browser, waits, and saves the token.
    ///
    /// # Errors
    /// Of kind `Denied` if the person or the service refuses, `NeedsHuman` if nobody does it in
    /// time, `Interrupted` on Ctrl-C, and `Store` if the token could not be saved anywhere.
    pub(crate) fn sign_in(&self, request: &SignInRequest<'_>) -> Result<SignedIn> {
        let session = request.session;
        check_start_url(session)?;
        if !request.aws_cache {
            self.check_store()?;
        }
        let _lock = match self.turn(session, SignInWait::None) {
            LockOutcome::Ours(lock) => lock,
            LockOutcome::Theirs => {
                (request.notify)(&SignInNotice::Waiting);
                match self.turn(session, SignInWait::Until(request.deadline)) {
                    LockOutcome::Ours(lock) => lock,
                    LockOutcome::Theirs => {
                        let message = "another rolecall is still signing in";
                        return Err(Error::new(Kind::Other, message)
                            .hint("stop it if it hangs, then try again"));
                    }
                }
            }
        };
        self.sign_in_locked(request)
    }

    /// Signs in for a program, in a browser that is opened for all programs that wait for it. If one
    /// of them made the sign-in meanwhile, there is nothing to do; if a person refused it, all fail.
    ///
    /// # Errors
    /// As for [`Self::sign_in`].
    pub(crate) fn sign_in_for_programs(&self, request: &SignInRequest<'_>) -> Result<()> {
        let session = request.session;
        let until = SignInWait::Until(request.deadline);
        let LockOutcome::Ours(_lock) = self.turn(session, until) else {
            return Err(Error::new(Kind::NeedsHuman, "another program waits for the same sign-in")
                .hint(format!("run '{}'", session.login_command("PROFILE"))));
        };
        let now = self.context.now();
        if self.find(session, false).is_some_and(|found| found.token.ends > now) {
            return Ok(());
        }
        if let Some(error) = self.record(session).new_failure(self.context) {
            return Err(error);
        }
        self.check_store()?;
        let signed_in = self.sign_in_locked(request);
        if let Err(error) = &signed_in
            && matches!(error.kind(), Kind::Denied | Kind::Interrupted | Kind::NeedsHuman)
        {
            let mut record = self.record(session);
            record.note_failure(error, self.context.now());
            self.write_record(session, &record);
        }
        signed_in.map(drop)
    }

    /// Whether a program may open a browser to sign in to `session`.
    pub(crate) fn can_sign_in_for_programs(&self, session: &SsoSession) -> bool {
        session.auto_login
            && self.context.has_display()
            && PromptMode::of(self.context).is_ok_and(|mode| mode != PromptMode::Never)
            && matches!(
                SignInMethod::choose(self.context, session, SignInFlags::default()),
                SignInMethod::Browser { browser: Some(_), .. }
            )
    }

    fn sign_in_locked(&self, request: &SignInRequest<'_>) -> Result<SignedIn> {
        let session = request.session;
        let (issued, registration) = self.issue(request).map_err(|why| match why {
            NoSignIn::Other(error) => error,
            NoSignIn::Failed(failure) => {
                let now = self.context.now();
                FailedSsoCall { session, goal: SsoGoal::SignIn, now }.error(&failure)
            }
        })?;
        let token = SignIn {
            registration: Some(registration),
            ..SignIn::issued(issued, self.context.now())
        };
        self.save(request, &token)
    }

    /// Gets a token from the service; once more with a new registration if the service does not know
    /// the stored one any more.
    fn issue(
        &self,
        request: &SignInRequest<'_>,
    ) -> std::result::Result<(IssuedToken, Registration), NoSignIn> {
        match self.issue_once(request) {
            Err(NoSignIn::Failed(Failure::Refused { code, .. }))
                if code == "InvalidClientException" =>
            {
                self.forget_registrations(request.session);
                self.issue_once(request)
            }
            result => result,
        }
    }

    fn issue_once(
        &self,
        request: &SignInRequest<'_>,
    ) -> std::result::Result<(IssuedToken, Registration), NoSignIn> {
        let way = SignInMethod::choose(self.context, request.session, request.flags);
        let grant = match way {
            SignInMethod::Browser { .. } => SignInGrant::AuthorizationCode,
            SignInMethod::DeviceCode { .. } => SignInGrant::DeviceCode,
        };
        let signals = SignalGuard::start().map_err(|error| {
            Error::new(Kind::Other, format!("signals can't be handled: {error}"))
        })?;
        let call = Call { endpoint: request.oidc, budget: Budget::new(CALL_LIMIT, 3) };
        let start_url = self.service_start_url(request)?;
        let wanted = WantedRegistration { session: request.session, grant, start_url: &start_url };
        let registration = self.registration(call, &wanted)?;
        let attempt = Attempt { context: self.context, request, registration, start_url, signals };
        let issued = match way {
            SignInMethod::Browser { browser, port } => {
                attempt.with_browser(browser.as_ref(), port)?
            }
            SignInMethod::DeviceCode { browser, reason } => {
                attempt.with_code(browser.as_ref(), reason)?
            }
        };
        Ok((issued, attempt.registration))
    }

    fn check_store(&self) -> Result<()> {
        let name = self.store.name();
        let error = |why: &str| {
            Error::new(Kind::Store, format!("the sign-in can't be saved in '{name}': {why}"))
                .hint("choose another store with --store, or use 'rolecall sso login --aws-cache'")
        };
        if name == none::NAME {
            return Err(error("it saves nothing"));
        }
        self.store.check(self.options(true)).map_err(|cause| error(&cause.to_string()))
    }

    fn save(&self, request: &SignInRequest<'_>, token: &SignIn) -> Result<SignedIn> {
        let session = request.session;
        let kept = self.keep(session, token, true);
        let store = kept.as_ref().ok().filter(|name| **name != none::NAME);
        let cache = AwsCache::of(self.context, session).filter(|_| request.aws_cache);
        let written = cache.as_ref().map(|cache| {
            cache.write(token).map_err(|error| Error::io("write", cache.path(), error))
        });
        let aws_cache = written.transpose()?.and(cache).map(|cache| cache.path().to_owned());
        let unsaved = match (&kept, store, &aws_cache) {
            (_, Some(_), _) => None,
            (Err(error), _, None) => {
                let name = self.store.name();
                let message = format!("the sign-in can't be saved in '{name}': {error}");
                return Err(Error::new(Kind::Store, message));
            }
            (Err(error), _, Some(_)) => Some(error.to_string()),
            (Ok(_), None, _) => Some("it saves nothing".to_owned()),
        };
        let record = SignInRecord {
            store: store.map(|&name| name.to_owned()),
            aws_cache: aws_cache.is_some() || self.record(session).aws_cache,
            signed_in: Some(self.context.now()),
            ends: Some(token.ends),
            renewable_until: Some(token.kept_until()).filter(|_| token.refresh_token.is_some()),
            ..SignInRecord::new(session)
        };
        self.write_record(session, &record);
        Ok(SignedIn { record, aws_cache, unsaved })
    }
}

impl Attempt<'_> {
    /// Returns the error of a sign-in that must end now; `Ok` as long as it may go on.
    pub(super) fn check(&self) -> Result<()> {
        if self.signals.is_interrupted() {
            return Err(Error::new(Kind::Interrupted, "the sign-in was cancelled"));
        }
        if self.context.elapsed() >= self.request.deadline {
            return Err(Error::new(Kind::NeedsHuman, "the sign-in timed out")
                .hint(format!("run '{}' again", self.login_command())));
        }
        Ok(())
    }

    /// Waits; an error as for [`Self::check`].
    pub(super) fn pause(&self, time: Duration) -> Result<()> {
        let end = self.context.elapsed() + time;
        loop {
            self.check()?;
            let left = end.saturating_sub(self.context.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(TICK));
        }
    }

    pub(super) fn call(&self, attempts: u32) -> Call<'_> {
        Call { endpoint: self.request.oidc, budget: Budget::new(CALL_LIMIT, attempts) }
    }

    pub(super) fn login_command(&self) -> String {
        self.request.session.login_command("PROFILE")
    }

    /// Starts `browser`; `None` if there is none, or it can't be started.
    pub(super) fn open(&self, browser: Option<&Browser>, address: &str) -> Option<Child> {
        let started = browser?.start(self.context, address);
        started.map_err(|_| self.note_no_browser()).ok()
    }

    fn note_no_browser(&self) {
        (self.request.notify)(&SignInNotice::NoBrowser("it can't be started"));
    }
}

/// Checks that `sso_start_url` is an address.
fn check_start_url(session: &SsoSession) -> Result<()> {
    let is_loopback = session.start_url.starts_with("http://127.0.0.1:");
    if session.start_url.starts_with("https://") || is_loopback {
        return Ok(());
    }
    Err(Error::config("the start URL of the sign-in does not begin with https://")
        .hint("correct sso_start_url: the access portal shows it"))
}

//! `rolecall login`: creates sessions ahead of use.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    args,
    invocation::Invocation,
    request::narrowed_request,
    short_session::Wanted,
    sso::{self, WantedSignIn},
    time,
};
use crate::{
    app::{self, Acquisition, HandOut, Way},
    context::Context,
    credentials::rfc3339,
    error::{Error, Kind, Result},
    identity_center::SignInFlags,
    output::{Streams, escape},
    plan::{Environment, Plan, Request, resolve_handed_out},
    profile::{Export, Files, Key, ProfileSet, Which, check_export, write_export},
    rules::mfa_code,
    session::{Acquired, Confirmed, Origin, SessionRecords, SessionRequest, Sessions},
    store::Store,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Login,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let code = args.mfa_code.as_deref().map(|text| {
        mfa_code(text.as_bytes())
            .ok_or_else(|| Error::new(Kind::Usage, "--mfa-code must have six digits"))
    });
    let code = code.transpose()?;
    app::warn_about_environment(context, streams);
    let store = selection.store(context)?;
    let requests = requests(invocation, &args)?;
    let files = Files::read(context)?;
    if let Some(name) = &args.export_to {
        if requests.len() > 1 {
            return Err(Error::new(Kind::Usage, "--export-to only works with one profile"));
        }
        check_export(&files, name)?;
    }
    let sessions = &app::sessions(context, &*store, &files).with_mfa_code(code);
    let login = Login { context, args: &args, store: &*store, files: &files, sessions };
    // One failure does not stop the others; the highest exit code is returned.
    let mut failed = Vec::new();
    let mut budget = AnswerBudget::of(&args);
    for (i, request) in requests.iter().enumerate() {
        let began = context.elapsed();
        let done = login.log_in(request, budget.left, streams);
        for warning in sessions.take_warnings() {
            streams.warn(&warning);
        }
        match done {
            Ok(done) => login.finish(&done, streams)?,
            // Cancelling one prompt cancels the rest: the next could ask for the same code.
            Err(error) if error.kind() == Kind::Interrupted => {
                failed.push(not_tried(error, &requests[i + 1..]));
                break;
            }
            Err(error) => {
                if error.kind() == Kind::Unreachable {
                    budget.spend(context.elapsed().saturating_sub(began));
                }
                failed.push(budget.advise(error));
            }
        }
    }
    streams.report_all_but_worst(failed)
}

/// What the logins of one command line have in common.
struct Login<'l> {
    context: &'l Context,
    args: &'l args::Login,
    store: &'l dyn Store,
    files: &'l Files,
    sessions: &'l Sessions<'l>,
}

/// What `login` got for one profile or role.
struct LoggedIn {
    plan: Plan,
    acquired: Acquired,
    /// How long others may hand it out.
    confirmed: Confirmed,
    request: SessionRequest,
}

impl Login<'_> {
    /// Creates or finds the session of one profile or role. `call_limit` is how long each call may take.
    fn log_in(
        &self,
        request: &Request,
        call_limit: Option<Duration>,
        streams: &mut Streams<'_>,
    ) -> Result<LoggedIn> {
        let Self { context, args, store, files, sessions } = *self;
        let set = ProfileSet::new(files);
        let plan = resolve_handed_out(request, &set, Environment::of(context))?;
        if args.force {
            announce_mfa(&plan, streams);
        }
        let request = SessionRequest {
            force: args.force,
            at_least: args.at_least.map(|seconds| TimeDelta::seconds(seconds.into())),
            call_limit,
            ..app::human_request()
        };
        let hand_out = HandOut { context, plan: &plan, way: Way::to_caller("login"), request };
        let (acquired, confirmed) = hand_out.ahead(|| {
            let acquisition = Acquisition { context, sessions, files, plan: &plan, request };
            acquisition.signing_in(|role| {
                let wanted = WantedSignIn {
                    session: &role.session,
                    settings: &plan.aws,
                    store,
                    flags: SignInFlags::default(),
                    aws_cache: false,
                };
                sso::sign_in(context, &wanted, streams)?;
                Ok(true)
            })
        })?;
        Ok(LoggedIn { plan, acquired, confirmed, request })
    }

    /// Says what was got, and writes it to the profile that `--export-to` names.
    fn finish(&self, done: &LoggedIn, streams: &mut Streams<'_>) -> Result<()> {
        let Self { context, args, .. } = *self;
        if let Some(at_least) = args.at_least {
            let ends = done.acquired.lifetime.map(|lifetime| lifetime.ends);
            let so = "sooner than --at-least asks for";
            Wanted { plan: &done.plan, ends, at_least, so }.warn_if_short(context.now(), streams);
        }
        report(context, done, streams)?;
        match &args.export_to {
            Some(name) => self.export(done, name, streams),
            None => Ok(()),
        }
    }

    /// Writes the session in plain text into profile `name`, where any program finds it.
    fn export(&self, done: &LoggedIn, name: &str, streams: &mut Streams<'_>) -> Result<()> {
        let (context, LoggedIn { plan, acquired, request, .. }) = (self.context, done);
        let way = Way::to_caller("login --export-to");
        let hand_out = HandOut { context, plan, way, request: *request };
        let credentials = hand_out.of(|| Ok(acquired.clone()))?.credentials;
        let (Some(token), Some(expiration)) = (&credentials.session_token, credentials.expiration)
        else {
            return Err(Error::config(format!(
                "'{}' has long-lived keys, which --export-to never writes",
                plan.name()
            ))
            .hint("use a profile with a role"));
        };
        let export = Export {
            name,
            source: plan.name(),
            access_key_id: &credentials.access_key_id,
            secret_access_key: &credentials.secret_access_key,
            session_token: token,
            expiration: &rfc3339(expiration),
        };
        let now = context.now();
        write_export(context, &export, &rfc3339(now))?;
        let path = Which::Credentials.path(context)?;
        streams.print(&format!(
            "profile '{name}' in {} has the session in plain text until {}\n",
            escape(&path.display().to_string()),
            time::local(expiration, now),
        ))
    }
}

/// How long to wait for answers of AWS. Several profiles together wait no longer than one, because they
/// mostly call the same endpoint.
struct AnswerBudget {
    /// What is left for the next call; `None`: until the deadline.
    left: Option<Duration>,
    /// Whether a call was given up.
    is_spent: bool,
}

impl AnswerBudget {
    /// What each call gets at least: other profiles may call another endpoint.
    const LEAST: Duration = Duration::from_secs(2);

    fn of(args: &args::Login) -> Self {
        Self { left: Some(app::CALL_LIMIT).filter(|_| !args.wait), is_spent: false }
    }

    /// Notes that a call got no answer within `time`.
    fn spend(&mut self, time: Duration) {
        self.left = self.left.map(|left| {
            self.is_spent |= left.saturating_sub(time) < Self::LEAST;
            left.saturating_sub(time).max(Self::LEAST)
        });
    }

    /// Returns `error` with the flag that waits longer, if that could help.
    fn advise(&self, error: Error) -> Error {
        if self.is_spent && error.kind() == Kind::Unreachable {
            error.hint("--wait waits up to 2 minutes for an answer")
        } else {
            error
        }
    }
}

/// Says that `--force` renews the MFA session too, if roles are assumed with one: it asks for a code.
fn announce_mfa(plan: &Plan, streams: &mut Streams<'_>) {
    let shared = plan.mfa.as_ref().filter(|mfa| !mfa.direct && !plan.hops.is_empty());
    if let Some(mfa) = shared {
        let (base, serial) = (escape(&plan.base.profile), escape(&mfa.serial));
        streams.note(&format!(
            "--force also renews the MFA session of '{base}', with a new code of {serial}\n"
        ));
    }
}

/// Returns `error` with a hint that names the profiles that were skipped because of it.
fn not_tried(error: Error, rest: &[Request]) -> Error {
    let names: Vec<&str> = rest
        .iter()
        .filter_map(|request| request.profile.as_deref().or(request.role_arn.as_deref()))
        .collect();
    if names.is_empty() {
        return error;
    }
    error.hint(format!("skipped: {}", names.join(", ")))
}

fn requests(invocation: Invocation<'_>, args: &args::Login) -> Result<Vec<Request>> {
    let Invocation { context, selection } = invocation;
    let request = |settings: &args::Settings| narrowed_request(context, settings, &args.narrow);
    if args.names.is_empty() {
        return Ok(vec![selection.request(context, None, request(&args.settings)?)?]);
    }
    if args.settings.role_arn.is_some() && args.names.len() > 1 {
        return Err(Error::new(Kind::Usage, "--role-arn only works with one profile"));
    }
    let is_role = |name: &String| name.starts_with("arn:");
    if selection.profile.is_some() && args.names.iter().any(is_role) {
        return Err(Error::new(Kind::Usage, "--profile can't be combined with a role ARN")
            .hint("use --source-profile for the profile that assumes the role"));
    }
    // With both roles and profiles, the flags that say how to assume a role are for the roles: the
    // profiles have their own settings.
    let of_profiles = if args.names.iter().any(is_role) {
        let (source_profile, external_id, mfa_serial) = (None, None, None);
        args::Settings { source_profile, external_id, mfa_serial, ..args.settings.clone() }
    } else {
        args.settings.clone()
    };
    let requests = args.names.iter().map(|name| {
        if !is_role(name) {
            let named = selection.named_profile(Some(name.clone()))?;
            return Ok(Request { profile: named, ..request(&of_profiles)? });
        }
        Key::RoleArn
            .check(name)
            .map_err(|invalid| invalid.error(Kind::Usage, format!("'{name}'")))?;
        let settings = args::Settings { role_arn: Some(name.clone()), ..args.settings.clone() };
        request(&settings)
    });
    requests.collect()
}

fn report(context: &Context, done: &LoggedIn, streams: &mut Streams<'_>) -> Result<()> {
    let LoggedIn { plan, acquired, confirmed, request: _ } = done;
    let name = plan.name();
    app::warn_about_plan(plan, streams);
    let now = context.now();
    let asks = match *confirmed {
        Confirmed::Freely => String::new(),
        Confirmed::Once => "; approval is needed each time".to_owned(),
        Confirmed::Between { until, .. } => {
            format!("; approved until {}", time::local(until, now))
        }
    };
    let Some(lifetime) = acquired.lifetime else {
        let name = escape(name);
        return streams.print(&format!("{name}: access keys, no session needed{asks}\n"));
    };
    let state = match acquired.origin {
        Origin::Minted => "new session",
        Origin::Stored | Origin::Keys => "session",
    };
    let records = SessionRecords::find(context).zip(acquired.key.as_ref());
    let record = records.and_then(|(records, key)| records.read(key));
    // If it could not be written, the record describes an earlier session.
    let minted = Some(lifetime.minted.timestamp_millis());
    let of_this = record.filter(|r| r.minted.map(|time| time.timestamp_millis()) == minted);
    let kept = of_this.and_then(|record| record.store);
    let place = match (acquired.store.map(str::to_owned).or(kept), acquired.origin) {
        (Some(store), _) => format!(", saved in {store}"),
        (None, Origin::Minted) if plan.hops.is_empty() && plan.base.source.is_asked_each_time() => {
            ", not saved, because its source is called each time".to_owned()
        }
        (None, Origin::Minted) => ", not saved".to_owned(),
        (None, _) => String::new(),
    };
    streams.print(&format!(
        "{}: {state} until {} ({}){place}{asks}\n",
        escape(name),
        time::local(lifetime.ends, now),
        time::length(lifetime.ends - now),
    ))
}

//! From flags and environment to what the verbs work with: a name, a request, a store.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use super::args::Settings;
use crate::{
    aws::Aws,
    context::{Context, steady_now, wall_now},
    error::{Error, Kind, Result},
    output::escape,
    plan::{
        DURATION_SECONDS, Environment, Plan, Request, SessionAttributes, check_serial,
        is_external_id, is_session_name, resolve, session_policy,
    },
    profile::{Files, Profile, ProfileSet, duplicates, traps},
    session::{SessionRequest, Sessions},
    store::{
        CallOptions, Store,
        auto::{self, Auto, StoreCheck},
        file::{self, FileStore},
        none::{self, NoStore},
    },
};

/// When `credential-process` gives up, counted from the start of the process: the AWS SDK for Go
/// kills its helper after 60 s.
pub(super) const HELPER_DEADLINE: Duration = Duration::from_secs(50);
/// When verbs for humans give up.
pub(super) const HUMAN_DEADLINE: Duration = Duration::from_mins(2);

/// How verbs for people ask for a session.
pub(super) fn human_request() -> SessionRequest {
    SessionRequest { on_wait: Some(report_wait), ..SessionRequest::by(HUMAN_DEADLINE) }
}

/// Tells a human at once, in the middle of a call that has no streams of its own.
fn report_wait(message: &str) {
    drop(writeln!(io::stderr(), "waiting: {}", escape(message)));
}

/// How long a store may take to say whether it can be used.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// The flags that every verb takes.
pub(super) struct Common {
    pub(super) profile: Option<String>,
    pub(super) store: Option<String>,
}

impl Common {
    /// The profile that is meant: the flag or the argument, then the environment, then `default`.
    ///
    /// Rule: `AWS_PROFILE` goes before `AWS_DEFAULT_PROFILE`, as in the AWS CLI v2.
    pub(super) fn profile_name(
        &self,
        context: &Context,
        argument: Option<String>,
    ) -> Result<String> {
        if let Some(name) = self.named_profile(argument)? {
            return Ok(name);
        }
        let from_environment = context.first_var(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
        Ok(from_environment.map_or("default", |(_, name)| name).to_owned())
    }

    /// The profile that the command line names, if it names one.
    pub(super) fn named_profile(&self, argument: Option<String>) -> Result<Option<String>> {
        match (&self.profile, argument) {
            (Some(flag), Some(argument)) if *flag != argument => Err(Error::new(
                Kind::Usage,
                "two profiles are named: one as an argument, one by --profile",
            )),
            (flag, argument) => Ok(argument.or_else(|| flag.clone())),
        }
    }

    /// What is to be resolved: a profile, or a role when one is named without a profile.
    pub(super) fn request(
        &self,
        context: &Context,
        argument: Option<String>,
        settings: &Settings,
    ) -> Result<Request> {
        let named = self.named_profile(argument)?;
        let without_profile =
            named.is_none() && settings.role_arn.is_some() && settings.source_profile.is_some();
        let profile = if without_profile { None } else { Some(self.profile_name(context, named)?) };
        request(context, profile, settings)
    }

    /// What the stores that could be used say of themselves, best first.
    pub(super) fn check_stores(&self, context: &Context) -> Result<Vec<StoreCheck>> {
        let options = CallOptions { timeout: CHECK_TIMEOUT, unlock: false };
        if self.store_name(context) == auto::NAME {
            return Ok(auto(context).check_each(options));
        }
        let store = self.store(context)?;
        Ok(vec![(store.name(), store.check(options))])
    }

    fn store_name<'s>(&'s self, context: &'s Context) -> &'s str {
        self.store.as_deref().or_else(|| context.var("ROLECALL_STORE")).unwrap_or(auto::NAME)
    }

    /// The store that is meant.
    pub(super) fn store(&self, context: &Context) -> Result<Box<dyn Store>> {
        store_by_name(context, self.store_name(context))
    }
}

/// The store of that name.
pub(super) fn store_by_name(context: &Context, name: &str) -> Result<Box<dyn Store>> {
    match name {
        auto::NAME => Ok(Box::new(auto(context))),
        file::NAME => Ok(Box::new(FileStore::new(context.cache_directory(), wall_now))),
        none::NAME => Ok(Box::new(NoStore)),
        #[cfg(target_os = "linux")]
        "secret-service" => Ok(Box::new(secret_service(context))),
        #[cfg(target_os = "linux")]
        "keyutils" => Ok(Box::new(crate::store::keyutils::Keyutils::new(wall_now))),
        #[cfg(target_os = "macos")]
        "keychain" => Ok(Box::new(crate::store::keychain::Keychain::default())),
        #[cfg(windows)]
        "wincred" => Ok(Box::new(crate::store::wincred::Wincred)),
        other => {
            let message = match SYSTEMS.iter().find(|(store, _)| *store == other) {
                Some((_, system)) => format!("the store '{other}' is for {system} only"),
                None => format!("there is no store '{other}'"),
            };
            let names = store_names();
            let (last, names) = names.split_last().expect("BUG: there is 'none'");
            let hint = format!("use {} or {last}", names.join(", "));
            Err(Error::new(Kind::Usage, message).hint(hint))
        }
    }
}

/// What `--store` takes on this system.
pub(super) fn store_names() -> Vec<&'static str> {
    let own = SYSTEMS.iter().filter(|(_, system)| *system == SYSTEM).map(|(store, _)| *store);
    [auto::NAME].into_iter().chain(own).chain([file::NAME, none::NAME]).collect()
}

/// The stores that one system alone has.
const SYSTEMS: [(&str, &str); 4] = [
    ("secret-service", "Linux"),
    ("keyutils", "Linux"),
    ("keychain", "macOS"),
    ("wincred", "Windows"),
];
const SYSTEM: &str = if cfg!(target_os = "macos") {
    "macOS"
} else if cfg!(windows) {
    "Windows"
} else {
    "Linux"
};

/// The settings of one call as a request.
pub(super) fn request(
    context: &Context,
    profile: Option<String>,
    settings: &Settings,
) -> Result<Request> {
    // Destructured, so that a new flag does not compile until somebody decides about it here.
    let Settings {
        role_arn,
        source_profile,
        external_id,
        mfa_serial,
        duration,
        session_name,
        region,
        session_policy: policy,
    } = settings.clone();
    if let Some(serial) = &mfa_serial {
        check_serial(serial).map_err(|error| error.with_kind(Kind::Usage))?;
    }
    let attributes = match policy {
        Some(policy) => session_policy(&policy, Environment::of(context)).map_err(|why| {
            Error::new(Kind::Usage, format!("the session policy {why}")).hint(
                "give JSON, the path of a file with it, policy ARNs, or s3-read:BUCKET/PREFIX",
            )
        })?,
        None => SessionAttributes::default(),
    };
    if external_id.as_deref().is_some_and(|id| !is_external_id(id)) {
        return Err(Error::new(Kind::Usage, "STS does not take this external ID")
            .hint("it has 2 to 1224 letters, digits and _ + = , . @ : / -"));
    }
    if session_name.as_deref().is_some_and(|name| !is_session_name(name)) {
        return Err(Error::new(Kind::Usage, "STS does not take this session name")
            .hint("it has 2 to 64 letters, digits and _ + = , . @ -"));
    }
    if duration.is_some_and(|seconds| !DURATION_SECONDS.contains(&seconds)) {
        return Err(Error::new(
            Kind::Usage,
            "STS takes durations from 900 s to 43200 s (12 hours)",
        ));
    }
    Ok(Request {
        profile,
        role_arn,
        source_profile,
        external_id,
        mfa_serial,
        duration_seconds: duration,
        session_name,
        region,
        attributes,
    })
}

/// Reads both files and resolves `request`.
pub(super) fn plan(context: &Context, request: &Request) -> Result<(Files, Plan)> {
    let files = Files::read(context)?;
    let plan = resolve(request, &ProfileSet::new(&files), Environment::of(context))?;
    Ok((files, plan))
}

/// The sessions of the config file that `files` were read from.
pub(super) fn sessions<'a>(
    context: &'a Context,
    store: &'a dyn Store,
    aws: &'a dyn Aws,
    files: &Files,
) -> Sessions<'a> {
    Sessions::new(context, store, aws, files.config.path.display().to_string())
}

/// The stores of this system, best first.
pub(super) fn auto(context: &Context) -> Auto {
    let stores: Vec<Box<dyn Store>> = vec![
        #[cfg(target_os = "linux")]
        Box::new(secret_service(context)),
        #[cfg(target_os = "linux")]
        Box::new(crate::store::keyutils::Keyutils::new(wall_now)),
        #[cfg(target_os = "macos")]
        Box::new(crate::store::keychain::Keychain::default()),
        #[cfg(windows)]
        Box::new(crate::store::wincred::Wincred),
    ];
    Auto::new(stores, context.has_display(), steady_now)
}

#[cfg(target_os = "linux")]
fn secret_service(context: &Context) -> crate::store::secret_service::SecretService {
    crate::store::secret_service::SecretService::new(context.session_bus_address(), steady_now)
}

/// Access keys in the environment are not what rolecall hands out: a human who set them may think so.
pub(super) fn warn_about_environment(context: &Context, streams: &mut super::Streams<'_>) {
    // Inside 'exec', they are what was asked for.
    let handed_out = context.var(super::hand_out::HANDED_OUT_PROFILE).is_some();
    if context.var("AWS_ACCESS_KEY_ID").is_some() && !handed_out {
        streams.warn(
            "AWS_ACCESS_KEY_ID is set: the AWS CLI and SDKs use those keys, rolecall the profile's",
        );
    }
}

/// A duration that role chaining cut short is told, for whoever asked for it waits for more.
pub(super) fn warn_about_caps(plan: &Plan, streams: &mut super::Streams<'_>) {
    for hop in &plan.hops {
        if let Some(asked) = hop.capped_from {
            let role = &hop.role_arn;
            streams.warn(&format!(
                "{role}: {asked} s were asked for; a role assumed with a session lasts 1 hour at most"
            ));
        }
    }
}

/// What stands twice in a file stops the AWS CLI and boto3, though not us.
pub(super) fn warn_about_duplicates(files: &Files, streams: &mut super::Streams<'_>) {
    for duplicate in duplicates(files) {
        let (what, at) = (duplicate.what, duplicate.at);
        let what = format!("{what} stands twice: the AWS CLI and boto3 refuse the file ({at})");
        streams.advise(&what, &duplicate.hint);
    }
}

/// What a `credential_process` of ours calls: the path of this program, or its name alone.
pub(super) fn program(context: &Context, bare: bool) -> Result<PathBuf> {
    let program = if bare { Some("rolecall".into()) } else { context.executable() };
    program.ok_or_else(|| {
        Error::new(Kind::Other, "the path of this program is not known").hint("use --bare")
    })
}

/// What makes other tools not see `profile` as we do.
pub(super) fn warn_about_traps(
    profile: &Profile<'_>,
    program: Option<&Path>,
    streams: &mut super::Streams<'_>,
) {
    for trap in traps(profile, program) {
        streams.advise(&format!("{} ({})", trap.what, trap.at), &trap.hint);
    }
}

//! Who calls AWS: the credentials, and the clients made with them.

use std::{cell::RefCell, error::Error as StdError, fmt::Display, pin::pin, time::Duration};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::TimeDelta;
use rolecall::{
    app::{Access, AccessRequest},
    aws::{
        AssumeRole, Aws as _, Budget, Endpoint, Failure, Identity, Issued, Sdk, failure, sdk_config,
    },
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    output::Streams,
    prompt::SignalGuard,
    rules::partition_of_region,
};

use crate::{args, given};

/// How much longer the credentials must last: a command takes minutes at most, and must not be left
/// half-way without any.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long one call may take, its attempts together.
const BUDGET: Budget =
    Budget { limit: Duration::from_secs(30), attempts: 3, clock_offset: TimeDelta::zero() };
/// How long a call that is under way may still take after a Ctrl-C: what it did is better known.
const GRACE: Duration = Duration::from_secs(5);
/// How often a look is taken whether a signal came.
const GLANCE: Duration = Duration::from_millis(50);
/// What IAM and S3 say of what is not there.
const NOT_FOUND: [&str; 6] = [
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchWebsiteConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
];

/// The one who calls AWS.
pub(crate) struct Caller {
    access: Access,
    iam: aws_sdk_iam::Client,
    s3: aws_sdk_s3::Client,
    sts: Endpoint,
    /// For all calls: they share their connections.
    runtime: tokio::runtime::Runtime,
    /// Signals, as long as they are held back.
    watch: RefCell<Option<SignalGuard>>,
}

impl Caller {
    /// Finds the credentials; a human may be asked for an MFA code.
    pub(crate) fn new(
        context: &Context,
        args: &args::Access,
        streams: &mut Streams<'_>,
    ) -> Result<Self> {
        let who = who(args);
        let access = match given::credentials(context, args)? {
            Some(credentials) => Access::with(context, who, credentials)?,
            None => Access::of(context, who, LEAST_LIFE, &mut |warning| streams.warn(warning))?,
        };
        Self::of(context, args, access)
    }

    /// One with these keys; region and endpoints are those of `profile`.
    pub(crate) fn with_keys(
        context: &Context,
        args: &args::Access,
        profile: &str,
        keys: Credentials,
    ) -> Result<Self> {
        let who = AccessRequest { profile: Some(profile.to_owned()), ..who(args) };
        Self::of(context, args, Access::with(context, who, keys)?)
    }

    /// One with this access, which may be found in another way than by the command line.
    pub(crate) fn of(context: &Context, args: &args::Access, access: Access) -> Result<Self> {
        let endpoint = |service: &str| -> Result<Endpoint> {
            let mut endpoint = access.endpoint(context, service)?;
            if args.endpoint_url.is_some() {
                endpoint.url.clone_from(&args.endpoint_url);
            }
            Ok(endpoint)
        };
        let config = |endpoint: &Endpoint| {
            sdk_config(endpoint, Some(&access.credentials), BUDGET)
                .map_err(|failure| explain(&failure, "call AWS"))
        };
        let iam = aws_sdk_iam::Client::new(&config(&endpoint("iam")?)?);
        let (at, sts) = (endpoint("s3")?, endpoint("sts")?);
        // Another server than AWS's may have no names of the form BUCKET.HOST.
        let s3 =
            aws_sdk_s3::config::Builder::from(&config(&at)?).force_path_style(at.url.is_some());
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(Kind::Other, format!("the network can't be used: {error}"))
        })?;
        Ok(Self { access, iam, s3, sts, runtime, watch: RefCell::new(None) })
    }

    /// The profile whose credentials these are.
    pub(crate) fn profile(&self) -> &str {
        &self.access.profile
    }

    /// Whether the credentials have an end.
    pub(crate) fn is_temporary(&self) -> bool {
        self.access.credentials.session_token.is_some()
    }

    /// The region that is called.
    pub(crate) fn region(&self) -> &str {
        &self.sts.region
    }

    /// The partition of the region.
    pub(crate) fn partition(&self) -> &'static str {
        partition_of_region(self.region())
    }

    /// Who calls, in AWS's own words.
    pub(crate) fn identity(&self) -> Result<Identity> {
        self.try_identity().map_err(|failure| explain(&failure, "ask who calls"))
    }

    /// The same, with what became of the call.
    pub(crate) fn try_identity(&self) -> std::result::Result<Identity, Failure> {
        Sdk.caller_identity(&self.sts, &self.access.credentials, BUDGET)
    }

    /// Assumes a role.
    pub(crate) fn assume(&self, role: &AssumeRole) -> std::result::Result<Issued, Failure> {
        self.assume_with(&self.access.credentials, role)
    }

    /// Who calls with these keys, in place of the caller's own.
    pub(crate) fn identity_with(
        &self,
        keys: &Credentials,
    ) -> std::result::Result<Identity, Failure> {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        Sdk.caller_identity(&self.sts, keys, BUDGET)
    }

    /// Assumes a role with these keys, in place of the caller's own.
    pub(crate) fn assume_with(
        &self,
        keys: &Credentials,
        role: &AssumeRole,
    ) -> std::result::Result<Issued, Failure> {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        Sdk.assume_role(&self.sts, keys, role, BUDGET)
    }

    /// Makes a call and waits for its end. Where signals are held back, one before it or in its midst
    /// makes it fail.
    pub(crate) fn call<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        self.runtime.block_on(async {
            let mut call = pin!(call);
            let mut grace = GRACE;
            loop {
                match tokio::time::timeout(GLANCE, &mut call).await {
                    Ok(answer) => return answer.map_err(|error| refusal(&error)),
                    Err(_) if !self.is_interrupted() => {}
                    Err(_) if grace.is_zero() => return Err(Failure::Interrupted),
                    Err(_) => grace = grace.saturating_sub(GLANCE),
                }
            }
        })
    }

    /// Returns all items of a list, however many pages it has.
    pub(crate) fn list<T, E>(
        &self,
        items: PaginationStream<std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<Vec<T>, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.call(items.collect())
    }

    /// Tries again, after each of `pauses` (in milliseconds), as long as AWS refuses with one of
    /// `codes` and no signal comes.
    pub(crate) fn retry<T>(
        &self,
        pauses: &[u64],
        codes: &[&str],
        mut attempt: impl FnMut() -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let mut pauses = pauses.iter();
        loop {
            let answer = attempt();
            let (Err(failure), Some(pause)) = (&answer, pauses.next()) else { return answer };
            if !is_refused_with(failure, codes) || !self.pause(Duration::from_millis(*pause)) {
                return answer;
            }
        }
    }

    /// Waits; `false`: a signal came, and it was cut short.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let mut left = time;
        while !left.is_zero() && !self.is_interrupted() {
            let part = left.min(GLANCE);
            std::thread::sleep(part);
            left -= part;
        }
        !self.is_interrupted()
    }

    /// From now on signals don't end the program, but the calls.
    pub(crate) fn hold_signals(&self) -> Result<()> {
        let watch = SignalGuard::start().map_err(|error| {
            Error::new(Kind::Other, format!("signals can't be watched: {error}"))
        })?;
        self.watch.replace(Some(watch));
        Ok(())
    }

    /// From now on signals do as always; gives whether one came that nobody has acted upon.
    pub(crate) fn release_signals(&self) -> bool {
        let watch = self.watch.take();
        watch.is_some_and(|watch| watch.is_interrupted())
    }

    /// Takes the signal that came for acted upon.
    pub(crate) fn heed_signal(&self) {
        if let Some(watch) = &*self.watch.borrow() {
            watch.reset();
        }
    }

    /// Whether a signal came that nobody has acted upon.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.watch.borrow().as_ref().is_some_and(SignalGuard::is_interrupted)
    }

    /// IAM.
    pub(crate) fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// S3.
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// S3 in another region.
    pub(crate) fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let region = aws_sdk_s3::config::Region::new(region.to_owned());
        aws_sdk_s3::Client::from_conf(self.s3.config().to_builder().region(region).build())
    }
}

/// Whose credentials, and where they are used.
pub(crate) fn who(args: &args::Access) -> AccessRequest {
    let args::Access { profile, store, region, .. } = args;
    AccessRequest { profile: profile.clone(), store: store.clone(), region: region.clone() }
}

/// The partition that would be called. Asks nobody.
pub(crate) fn partition(context: &Context, args: &args::Access) -> Result<&'static str> {
    let none = Credentials {
        access_key_id: String::new(),
        secret_access_key: "".into(),
        session_token: None,
        expiration: None,
        account_id: None,
    };
    let access = Access::with(context, who(args), none)?;
    Ok(partition_of_region(&access.endpoint(context, "s3")?.region))
}

/// What became of a call. The reason is looked for where another server than AWS's may have it, too.
fn refusal<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let found = failure(error, None);
    let (Failure::Broken { .. }, SdkError::ServiceError(service)) = (&found, error) else {
        return found;
    };
    let body = service.raw().body().bytes().and_then(|body| std::str::from_utf8(body).ok());
    let element = |name: &str| {
        let (_, rest) = body?.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    };
    match element("Code") {
        Some(code) => {
            let message = element("Message").unwrap_or_default();
            Failure::Refused { code, message, date: None }
        }
        None => found,
    }
}

/// What is said when a signal broke a command off.
pub(crate) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
}

/// Whether AWS refused with one of these error codes.
pub(crate) fn is_refused_with(failure: &Failure, codes: &[&str]) -> bool {
    matches!(failure, Failure::Refused { code, .. } if codes.contains(&&**code))
}

/// Returns the answer; `None` if AWS says that there is no such thing.
pub(crate) fn if_exists<T>(
    answer: std::result::Result<T, Failure>,
) -> std::result::Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if is_refused_with(&failure, &NOT_FOUND) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Gives a failed call the words of [`explain`].
pub(crate) trait OrCannot<T> {
    /// `what` is what could not be done: `list the buckets`.
    fn or_cannot(self, what: impl Display) -> Result<T>;
}

impl<T> OrCannot<T> for std::result::Result<T, Failure> {
    fn or_cannot(self, what: impl Display) -> Result<T> {
        self.map_err(|failure| explain(&failure, &what.to_string()))
    }
}

/// A failed call as the user is told of it; `what` is what could not be done: `list the buckets`.
pub(crate) fn explain(failure: &Failure, what: &str) -> Error {
    let (kind, cause) = match failure {
        Failure::Refused { code, message, .. } if message.is_empty() => {
            (Kind::Denied, code.clone())
        }
        Failure::Refused { code, message, .. } => (Kind::Denied, format!("{code}: {message}")),
        Failure::Unable { cause } => (Kind::Unreachable, format!("AWS can't answer now: {cause}")),
        Failure::Unreachable { cause, .. } => {
            (Kind::Unreachable, format!("AWS can't be reached: {cause}"))
        }
        Failure::SignIn { cause } => (Kind::NeedsHuman, cause.clone()),
        Failure::Interrupted => return interrupted(),
        Failure::Broken { cause } | Failure::Foreign { cause } => (Kind::Other, cause.clone()),
    };
    Error::new(kind, format!("cannot {what}: {cause}"))
}

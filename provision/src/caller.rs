//! The credentials that call AWS, and the clients that use them.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    error::Error as StdError,
    pin::pin,
    time::Duration,
};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::{DateTime, TimeDelta, Utc};
use rolecall::{
    Access, AccessRequest, AssumeRole, Aws as _, Budget, Call, Context, Credentials, DateHeader,
    Endpoint, Error, Failure, Identity, Issued, Kind, Result, Sdk, SignalGuard, Streams,
    partition_of_region, sdk_config, waiting_for, warn_about_plain_http,
};

use crate::{
    args,
    failure::{OrCannot as _, is_refused_with, of_sdk},
    given,
};

/// How much longer the credentials must be valid: a command takes a few minutes, and they must not
/// expire halfway.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long one call may take, including retries.
const BUDGET: Budget = Budget::new(Duration::from_secs(30), 3);
/// How long a call in progress may continue after Ctrl-C, so that its result is known.
const GRACE: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);
/// How often to check for a signal.
const GLANCE: Duration = Duration::from_millis(50);

/// What each verb gets besides its own arguments.
#[derive(Clone, Copy)]
pub(crate) struct Invocation<'c> {
    /// Environment, clock and paths.
    pub(crate) context: &'c Context,
    /// The flags that select the credentials, region and endpoint.
    pub(crate) access: &'c args::CallerFlags,
}

/// Calls AWS with one set of credentials.
pub(crate) struct Caller<'c> {
    pub(crate) context: &'c Context,
    access: Access,
    iam: aws_sdk_iam::Client,
    /// The time of IAM's last answer.
    date: DateHeader,
    /// How much AWS's clock is ahead of this machine's, to the second.
    offset: Cell<TimeDelta>,
    s3: aws_sdk_s3::Client,
    sts: Endpoint,
    /// Shared by all calls, so that they reuse connections.
    runtime: tokio::runtime::Runtime,
    /// Present while signals are held back.
    watch: RefCell<Option<SignalGuard>>,
}

impl<'c> Caller<'c> {
    /// Finds the credentials; may prompt for an MFA code.
    pub(crate) fn new(invocation: Invocation<'c>, streams: &mut Streams<'_>) -> Result<Self> {
        let (context, who) = (invocation.context, invocation.access_request());
        let access = match given::credentials(context, invocation.access)? {
            Some(credentials) => Access::with(context, who, credentials)?,
            None => Access::of(context, who, &mut |warning| streams.warn(warning))?,
        };
        let mut urls = BTreeSet::from_iter(invocation.access.endpoint_url.clone());
        if urls.is_empty() {
            for service in ["iam", "s3", "sts"] {
                urls.extend(access.endpoint(context, service)?.url);
            }
        }
        for url in &urls {
            warn_about_plain_http(Some(url), streams);
        }
        Self::of(invocation, access)
    }

    /// Returns a caller with these keys and the region and endpoints of `profile`.
    pub(crate) fn with_keys(
        invocation: Invocation<'c>,
        profile: &str,
        keys: Credentials,
    ) -> Result<Self> {
        let profile = Some(profile.to_owned());
        let who = AccessRequest { profile, ..invocation.access_request() };
        Self::of(invocation, Access::with(invocation.context, who, keys)?)
    }

    /// Returns a caller with this access, wherever it comes from.
    pub(crate) fn of(invocation: Invocation<'c>, access: Access) -> Result<Self> {
        let Invocation { context, access: args } = invocation;
        let endpoint = |service: &str| -> Result<Endpoint> {
            let mut endpoint = access.endpoint(context, service)?;
            if args.endpoint_url.is_some() {
                endpoint.url.clone_from(&args.endpoint_url);
            }
            Ok(endpoint)
        };
        let config = |endpoint: &Endpoint| {
            sdk_config(endpoint, Some(&access.credentials), BUDGET).or_cannot("call AWS")
        };
        let date = DateHeader::default();
        let iam = aws_sdk_iam::config::Builder::from(&config(&endpoint("iam")?)?);
        let iam = aws_sdk_iam::Client::from_conf(iam.interceptor(date.clone()).build());
        let (at, sts) = (endpoint("s3")?, endpoint("sts")?);
        // A server other than AWS's may not have host names like BUCKET.HOST.
        let s3 =
            aws_sdk_s3::config::Builder::from(&config(&at)?).force_path_style(at.url.is_some());
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(Kind::Other, format!("the network can't be used: {error}"))
        })?;
        let (offset, watch) = (Cell::new(TimeDelta::zero()), RefCell::new(None));
        Ok(Self { context, access, iam, date, offset, s3, sts, runtime, watch })
    }

    /// Returns the profile that the credentials come from.
    pub(crate) fn profile(&self) -> &str {
        &self.access.profile
    }

    /// Returns whether the credentials expire.
    pub(crate) fn is_temporary(&self) -> bool {
        self.access.credentials.session_token.is_some()
    }

    /// Returns the region that is called.
    pub(crate) fn region(&self) -> &str {
        &self.sts.region
    }

    /// Returns the region's partition.
    pub(crate) fn partition(&self) -> &'static str {
        partition_of_region(self.region())
    }

    /// Returns the caller's identity (STS `GetCallerIdentity`).
    pub(crate) fn identity(&self) -> Result<Identity> {
        self.try_identity().or_cannot("get the caller's identity")
    }

    /// Returns the caller's identity, or why the call failed.
    pub(crate) fn try_identity(&self) -> std::result::Result<Identity, Failure> {
        Sdk.caller_identity(self.sts(), &self.access.credentials)
    }

    fn sts(&self) -> Call<'_> {
        Call { endpoint: &self.sts, budget: BUDGET }
    }

    /// Assumes a role.
    pub(crate) fn assume(&self, role: &AssumeRole) -> std::result::Result<Issued, Failure> {
        self.assume_with(&self.access.credentials, role)
    }

    /// Returns the identity of these keys instead of the caller's own.
    pub(crate) fn identity_with(
        &self,
        keys: &Credentials,
    ) -> std::result::Result<Identity, Failure> {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        let _waiting = waiting_for(self.context, "STS");
        Sdk.caller_identity(self.sts(), keys)
    }

    /// Assumes a role with these keys instead of the caller's own.
    pub(crate) fn assume_with(
        &self,
        keys: &Credentials,
        role: &AssumeRole,
    ) -> std::result::Result<Issued, Failure> {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        let _waiting = waiting_for(self.context, "STS");
        Sdk.assume_role(self.sts(), keys, role)
    }

    /// Makes a call and waits for the answer. While signals are held back, one that arrives before
    /// or during the call makes it fail.
    pub(crate) fn call<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.call_watched(call, || ())
    }

    /// The same; calls `each_second` while it waits for the answer.
    pub(crate) fn call_watched<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
        each_second: impl Fn(),
    ) -> std::result::Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        if self.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        let _waiting = waiting_for(self.context, "AWS");
        let answer = self.runtime.block_on(async {
            let mut call = pin!(call);
            let (mut grace, mut since) = (GRACE, Duration::ZERO);
            loop {
                match tokio::time::timeout(GLANCE, &mut call).await {
                    Ok(answer) => return answer.map_err(|error| of_sdk(&error)),
                    Err(_) if !self.is_interrupted() => {}
                    Err(_) if grace.is_zero() => return Err(Failure::Interrupted),
                    Err(_) => grace = grace.saturating_sub(GLANCE),
                }
                since += GLANCE;
                if since >= SECOND {
                    since = Duration::ZERO;
                    each_second();
                }
            }
        });
        if let Some(date) = self.date.get() {
            self.offset.set(date - self.context.now());
        }
        answer
    }

    /// Returns the time by AWS's clock, to the second, as far as an answer has shown it.
    pub(crate) fn aws_now(&self) -> DateTime<Utc> {
        self.context.now() + self.offset.get()
    }

    /// Makes a call whose answer says nothing more than that it succeeded.
    pub(crate) fn run<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<(), Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.call(call).map(drop)
    }

    /// Returns all items of a list, across all its pages.
    pub(crate) fn list<T, E>(
        &self,
        items: PaginationStream<std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<Vec<T>, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.call(items.collect())
    }

    /// Calls `each` with the items of a list, page by page. `what` describes the call: `list the
    /// users`.
    pub(crate) fn for_each<T, E>(
        &self,
        what: &str,
        mut items: PaginationStream<std::result::Result<T, SdkError<E, HttpResponse>>>,
        mut each: impl FnMut(T) -> Result<()>,
    ) -> Result<()>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        while let Some(item) =
            self.call(async { items.next().await.transpose() }).or_cannot(what)?
        {
            each(item)?;
        }
        Ok(())
    }

    /// Retries after each of `pauses` (in milliseconds) while AWS refuses with one of `codes` and
    /// no signal arrives.
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

    /// Waits. Returns `false` if a signal cut it short.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let mut left = time;
        while !left.is_zero() && !self.is_interrupted() {
            let part = left.min(GLANCE);
            std::thread::sleep(part);
            left -= part;
        }
        !self.is_interrupted()
    }

    /// From now on, signals interrupt calls instead of ending the program.
    pub(crate) fn hold_signals(&self) -> Result<()> {
        let watch = SignalGuard::start().map_err(|error| {
            Error::new(Kind::Other, format!("can't set up signal handlers: {error}"))
        })?;
        self.watch.replace(Some(watch));
        Ok(())
    }

    /// Restores the usual effect of signals. Returns whether one arrived that is not handled yet.
    pub(crate) fn release_signals(&self) -> bool {
        let watch = self.watch.take();
        watch.is_some_and(|watch| watch.is_interrupted())
    }

    /// Marks the signal that arrived as handled.
    pub(crate) fn heed_signal(&self) {
        if let Some(watch) = &*self.watch.borrow() {
            watch.reset();
        }
    }

    /// Returns whether a signal arrived that is not handled yet.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.watch.borrow().as_ref().is_some_and(SignalGuard::is_interrupted)
    }

    /// Returns the IAM client.
    pub(crate) fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// Returns the S3 client.
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// Returns an S3 client for another region.
    pub(crate) fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let region = aws_sdk_s3::config::Region::new(region.to_owned());
        aws_sdk_s3::Client::from_conf(self.s3.config().to_builder().region(region).build())
    }
}

impl Invocation<'_> {
    /// Returns the flags' profile, store and region.
    pub(crate) fn access_request(&self) -> AccessRequest {
        let args::CallerFlags { profile, store, region, .. } = self.access.clone();
        AccessRequest { profile, store, region, at_least: LEAST_LIFE }
    }

    /// Returns the partition that would be called, without prompting or finding credentials.
    pub(crate) fn partition(&self) -> Result<&'static str> {
        let none = Credentials::long_lived(String::new(), "".into());
        let access = Access::with(self.context, self.access_request(), none)?;
        Ok(partition_of_region(&access.endpoint(self.context, "s3")?.region))
    }
}

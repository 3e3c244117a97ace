//! `rolecall iam apply`: makes users, groups, policies and roles match a file.
//!
//! First the whole file is read ([`crate::team`]); then the account is compared with it
//! ([`crate::engine`], [`copy`], [`keys`], [`profiles`]). Nothing is changed before the user
//! confirms; then everything is, or nothing. The file itself is stored last, so the copy always
//! describes what was done.

mod account;
mod copy;
mod inputs;
mod keys;
mod profiles;

use std::{io, path::Path};

use rolecall::{Error, Kind, Pipe, Result, Streams, escape, escape_diff, read_file, read_text};

use crate::{
    account::Account,
    args, ask,
    caller::{Caller, Invocation},
    engine::{self, ChangePlan},
    permissions::{RequiredPermission, require},
    team::{self, Team},
    turn,
    undo::StepOptions,
};

use account::AppliedBefore;
use inputs::Inputs;
use keys::NewKeys;
use profiles::Profiles;

/// How many errors in a file are reported.
const MOST_FAULTS: usize = 20;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::Apply,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, access } = invocation;
    if args.profiles && access.access_key.is_some() {
        return Err(Error::new(Kind::Usage, "--profiles needs a source profile")
            .hint("store the key in a profile with 'rolecall keys add', then use --profile"));
    }
    let (mut team, text) = read(&args.file, streams)?;
    for remark in &team.remarks {
        streams.warn(remark);
    }
    account::mark(&mut team, &args.file);
    let caller = Caller::new(invocation, streams)?;
    let identity = caller.identity()?;
    let account = Account::of(&identity);
    let bucket = team.master_copy.as_ref().map(|(place, at)| copy::bucket(&caller, place, at));
    team.wanted.buckets.extend(bucket);
    last_of(account::missing_policies(&caller, &account, &team)?, streams)?;
    let (caller, identity, team, text) = (&caller, &identity, &team, &*text);
    let inputs =
        Inputs { caller, identity, account, store: access.store.clone(), args, team, text };
    let _turn = if args.dry_run { None } else { turn::take(caller, "a team", streams)? };
    let plan = ApplyPlan::look(&inputs, streams)?;
    plan.warn(streams)?;
    if plan.is_empty() {
        streams.note(&plan.before.strays_text());
        return streams.print("Nothing to do: the account matches the file\n");
    }
    if args.dry_run {
        return streams
            .print_changes(&(plan.to_text() + &plan.diffs(context.stdout_is_terminal())?));
    }
    streams.note_changes(&plan.to_text());
    require(caller, identity, &plan.required_permissions())?;
    if !args.yes {
        ask::can_ask(context, "--yes is missing")?;
        if !ask::yes(context, "Continue?")? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    plan.carry_out(streams)
}

/// Returns the parsed file and its text.
fn read(file: &Path, streams: &mut Streams<'_>) -> Result<(Team, String)> {
    /// Longer than any real file, in bytes; a wrong path may lead to a huge one.
    const LONGEST: u64 = 1 << 20;
    let failed = |error: &io::Error| {
        let text = format!("can't read {}: {error}", file.display());
        Error::config(text).hint("the file describes users, groups, policies and roles in TOML")
    };
    // The file named on the command line may be a pipe, so wait for its writer. The files named
    // inside it are waited for only briefly.
    let bytes = read_file(file, LONGEST, Pipe::Wait).map_err(|error| failed(&error))?;
    let text = team::text_of(file, &bytes)?;
    match team::parse(file, text, &|path| read_text(path, LONGEST, Pipe::WaitShortly)) {
        Ok(team) => Ok((team, text.to_owned())),
        Err(errors) => {
            last_of(errors, streams)?;
            Err(Error::config(format!("{} can't be used", file.display())))
        }
    }
}

/// Reports all errors but the last, which it returns; `Ok` if there are none.
fn last_of(mut errors: Vec<Error>, streams: &mut Streams<'_>) -> Result<()> {
    let more = errors.len().saturating_sub(MOST_FAULTS);
    errors.truncate(MOST_FAULTS);
    let Some(last) = errors.pop() else { return Ok(()) };
    for error in &errors {
        streams.report(error);
    }
    Err(if more > 0 { last.hint(format!("and {more} more like these")) } else { last })
}

/// Everything that must be done, in the account and on this machine.
struct ApplyPlan<'a> {
    inputs: &'a Inputs<'a>,
    plan: ChangePlan,
    /// The change of the master copy.
    copy: ChangePlan,
    keys: NewKeys<'a>,
    profiles: Option<Profiles<'a>>,
    before: AppliedBefore,
}

impl<'a> ApplyPlan<'a> {
    fn look(inputs: &'a Inputs<'a>, streams: &mut Streams<'_>) -> Result<Self> {
        let plan = engine::plan(inputs.caller, &inputs.account, &inputs.team.wanted)?;
        let (copy, text_before) = copy::plan(inputs, &plan)?;
        let (mut before, is_known) = AppliedBefore::look(inputs, &plan.existing)?;
        if !is_known {
            streams.warn(
                "can't list what earlier runs of this file created: you lack \
                 iam:GetAccountAuthorizationDetails",
            );
        }
        if let Some(text) = text_before {
            before.compare(&text, &inputs.team.wanted);
        }
        let keys = NewKeys::look(inputs, &plan, &before)?;
        let profiles = if inputs.args.profiles {
            let taken: Vec<_> = keys.users().collect();
            Some(Profiles::look(inputs, &plan, &taken)?)
        } else {
            None
        };
        Ok(Self { inputs, plan, copy, keys, profiles, before })
    }

    fn is_empty(&self) -> bool {
        self.plan.is_empty()
            && self.copy.is_empty()
            && self.keys.count() == 0
            && self.profiles.as_ref().is_none_or(Profiles::is_there)
    }

    fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        self.plan.warn(streams);
        self.keys.warn(streams)?;
        self.profiles.as_ref().map_or(Ok(()), |profiles| profiles.warn(streams))
    }

    /// Returns a description of what will be done.
    fn to_text(&self) -> String {
        let profiles = self.profiles.as_ref().map(Profiles::to_text).unwrap_or_default();
        let [new, changed, gone] = self.counts();
        [
            format!("In account {}:\n", self.inputs.account.id),
            self.before.others_text(),
            self.plan.to_text(),
            self.copy.to_text(),
            self.keys.to_text(),
            profiles,
            self.before.strays_text(),
            format!("{new} to add, {changed} to change, {gone} to remove\n"),
        ]
        .concat()
    }

    /// Returns how many things are added, changed and removed.
    fn counts(&self) -> [usize; 3] {
        let ([new, changed, gone], [copied, replaced, _]) =
            (self.plan.counts(), self.copy.counts());
        let profiles = self.profiles.as_ref().map(Profiles::count).unwrap_or_default();
        [new + copied + self.keys.count() + profiles, changed + replaced, gone]
    }

    /// Returns the changes of the config file.
    fn diffs(&self, on_terminal: bool) -> Result<String> {
        let profiles = self.profiles.as_ref().map(Profiles::diff).unwrap_or_default();
        let diff = self.keys.diff()? + profiles;
        if diff.is_empty() {
            return Ok(diff);
        }
        let diff = if on_terminal { escape_diff(&diff) } else { diff };
        Ok(format!("Changes of the config file:\n{diff}"))
    }

    /// Returns the permissions that the caller needs.
    fn required_permissions(&self) -> Vec<RequiredPermission> {
        let (plan, copy) = (self.plan.required_permissions(), self.copy.required_permissions());
        [plan, copy, self.keys.required_permissions()].concat()
    }

    fn carry_out(&self, streams: &mut Streams<'_>) -> Result<()> {
        let Inputs { caller, account, args, .. } = self.inputs;
        let options = StepOptions { keep: args.keep, ..StepOptions::default() };
        let done = options.all_or_nothing(caller, streams, |steps| {
            self.plan.carry_out(steps)?;
            self.keys.carry_out(steps)?;
            steps.check_not_interrupted()?;
            self.copy.carry_out(steps)?;
            self.profiles.as_ref().map_or(Ok(()), |profiles| profiles.write(steps))
        });
        match done {
            Ok(()) => {
                let [new, changed, gone] = self.counts();
                let account = escape(&account.id);
                streams.print(&format!(
                    "Account {account} now matches the file: {new} added, {changed} changed, \
                     {gone} removed\n"
                ))
            }
            Err(error) if args.keep => Err(error),
            Err(error) => Err(self.keys.undo(error, streams)),
        }
    }
}

//! `rolecall iam apply`: users, groups, policies and roles as a file says.
//!
//! First the file is read whole ([`crate::team`]), then the account is compared with it
//! ([`crate::engine`], [`copy`], [`keys`], [`profiles`]). Nothing is made before the yes; then all, or
//! nothing. The file itself is kept last, so that a copy says what was done.

mod account;
mod copy;
mod keys;
mod profiles;

use std::{io, path::Path};

use rolecall::{
    aws::Identity,
    context::Context,
    error::{Error, Kind, Result},
    input::{self, Pipe},
    output::{Streams, escape, escape_diff, report},
};

use crate::{
    account::Account,
    args, ask,
    caller::Caller,
    engine::{self, ChangePlan},
    permissions::{RequiredPermission, require},
    team::{self, Team},
    undo::{StepOptions, all_or_nothing},
};

use account::There;
use keys::Keys;
use profiles::Profiles;

/// So many faults of a file are told at once.
const MOST_FAULTS: usize = 20;

pub(super) fn run(
    context: &Context,
    access: &args::Access,
    args: &args::Apply,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if args.profiles && access.access_key.is_some() {
        return Err(Error::new(Kind::Usage, "--profiles needs a profile to start from")
            .hint("put the key into one with 'rolecall keys add', then call with --profile"));
    }
    let (mut team, text) = read(&args.file, streams)?;
    for remark in &team.remarks {
        streams.warn(remark);
    }
    account::mark(&mut team, &args.file);
    let caller = Caller::new(context, access, streams)?;
    let identity = caller.identity()?;
    team.wanted.buckets.extend(team.master_copy.iter().map(|place| copy::bucket(&caller, place)));
    let missing = account::missing_policies(&caller, &Account::of(&identity), &team)?;
    last_of(missing, streams)?;
    let whole = Whole::look(context, (&caller, access), identity, (&team, &text), args, streams)?;
    whole.warn(streams)?;
    if whole.is_there() {
        tell(streams, &whole.there.tell_strays());
        return streams.print("Nothing to do: all is as the file says\n");
    }
    if args.dry_run {
        return streams.print(&(whole.tell() + &whole.diffs(context.stdout_is_terminal())?));
    }
    tell(streams, &whole.tell());
    require(&caller, &whole.identity, &whole.required_permissions())?;
    if !args.yes {
        ask::can_ask(context, "--yes is missing")?;
        if !ask::yes(context, "Go on?")? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    whole.carry_out(&caller, args.keep, streams)
}

/// Told to people, while stdout has the data.
fn tell(streams: &mut Streams<'_>, text: &str) {
    // Nobody is left to be told when stderr is gone.
    drop(streams.stderr.write_all(text.as_bytes()));
}

/// The file, checked, and its text.
fn read(file: &Path, streams: &mut Streams<'_>) -> Result<(Team, String)> {
    /// Longer than anybody writes, and what a wrong path may lead to.
    const LONGEST: u64 = 1 << 20;
    let failed = |error: &io::Error| {
        let text = format!("cannot read {}: {error}", file.display());
        Error::config(text).hint("the file says what is to be there: see docs/provision-team.md")
    };
    // The file is named here and now, and may be a pipe. Those that it names are looked for.
    let bytes = input::read(file, LONGEST, Pipe::Wait).map_err(|error| failed(&error))?;
    let text = team::text_of(file, &bytes)?;
    match team::parse(file, text, &|path| input::read_text(path, LONGEST, Pipe::WaitShortly)) {
        Ok(team) => Ok((team, text.to_owned())),
        Err(errors) => {
            last_of(errors, streams)?;
            Err(Error::config(format!("{} can't be used", file.display())))
        }
    }
}

/// The last error, when all before it are told; `Ok`: there is none.
fn last_of(mut errors: Vec<Error>, streams: &mut Streams<'_>) -> Result<()> {
    let more = errors.len().saturating_sub(MOST_FAULTS);
    errors.truncate(MOST_FAULTS);
    let Some(last) = errors.pop() else { return Ok(()) };
    for error in &errors {
        // Nobody is left to be told when stderr is gone.
        drop(report(error, streams.stderr));
    }
    Err(if more > 0 { last.hint(format!("and {more} more like these")) } else { last })
}

/// All that is to be done, in the account and on this machine.
struct Whole<'c> {
    identity: Identity,
    account: Account,
    plan: ChangePlan,
    /// The change of the master copy.
    copy: Option<ChangePlan>,
    keys: Keys<'c>,
    profiles: Option<Profiles<'c>>,
    there: There,
}

impl<'c> Whole<'c> {
    fn look(
        context: &'c Context,
        (caller, access): (&Caller, &args::Access),
        identity: Identity,
        (team, text): (&Team, &str),
        args: &args::Apply,
        streams: &mut Streams<'_>,
    ) -> Result<Self> {
        let account = Account::of(&identity);
        let plan = engine::plan(caller, &account, &team.wanted)?;
        let place = team.master_copy.as_ref();
        let copy = place.map(|place| copy::plan(caller, place, text, &plan)).transpose()?;
        let (copy, text_before) = copy.unzip();
        let (mut there, is_known) = There::look(caller, team, &args.file, &plan.existing)?;
        if !is_known {
            streams.warn(
                "what this file made before can't be seen: you lack \
                 iam:GetAccountAuthorizationDetails",
            );
        }
        if let Some(before) = text_before.flatten() {
            there.compare(&before, &team.wanted);
        }
        let keys = if args.save_keys {
            let found = (&plan, &there);
            Keys::look(context, (caller, access), &account, team, found, args.dry_run)?
        } else {
            Keys::none(context, &account)
        };
        let profiles = if args.profiles {
            let taken: Vec<_> = keys.users().collect();
            let who = (&identity, &plan);
            Some(Profiles::look(context, caller, who, &team.wanted, &taken)?)
        } else {
            None
        };
        Ok(Self { identity, account, plan, copy, keys, profiles, there })
    }

    fn is_there(&self) -> bool {
        self.plan.is_empty()
            && self.copy.as_ref().is_none_or(ChangePlan::is_empty)
            && self.keys.is_empty()
            && self.profiles.as_ref().is_none_or(Profiles::is_there)
    }

    fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        self.keys.warn(streams)?;
        self.profiles.as_ref().map_or(Ok(()), |profiles| profiles.warn(streams))
    }

    /// What is to be done, as people read it.
    fn tell(&self) -> String {
        let mut text = format!("In account {}:\n", self.account.id);
        text += &self.there.tell_others();
        text += &self.plan.to_text();
        text += &self.copy.as_ref().map(ChangePlan::to_text).unwrap_or_default();
        text += &self.keys.tell();
        text += &self.profiles.as_ref().map(Profiles::tell).unwrap_or_default();
        text += &self.there.tell_strays();
        let [new, changed, gone] = self.counts();
        text + &format!("{new} to add, {changed} to change, {gone} to take away\n")
    }

    /// What is made anew, changed and taken away.
    fn counts(&self) -> [usize; 3] {
        let [new, changed, gone] = self.plan.counts();
        let [made, put, _] = self.copy.as_ref().map(ChangePlan::counts).unwrap_or_default();
        let profiles = self.profiles.as_ref().map(Profiles::count).unwrap_or_default();
        [new + made + self.keys.count() + profiles, changed + put, gone]
    }

    /// What changes in the config file.
    fn diffs(&self, on_terminal: bool) -> Result<String> {
        let profiles = self.profiles.as_ref().map(Profiles::diff).unwrap_or_default();
        let diff = self.keys.diff()? + profiles;
        if diff.is_empty() {
            return Ok(diff);
        }
        let diff = if on_terminal { escape_diff(&diff) } else { diff };
        Ok(format!("Changes of the config file:\n{diff}"))
    }

    /// What must be allowed to the caller.
    fn required_permissions(&self) -> Vec<RequiredPermission> {
        let mut required = self.plan.required_permissions();
        required.extend(self.copy.iter().flat_map(ChangePlan::required_permissions));
        required.extend(self.keys.required_permissions());
        required
    }

    fn carry_out(&self, caller: &Caller, keep: bool, streams: &mut Streams<'_>) -> Result<()> {
        let options = StepOptions { keep, ..StepOptions::default() };
        let done = all_or_nothing(caller, streams, options, |steps| {
            self.plan.carry_out(steps)?;
            self.keys.carry_out(steps)?;
            if let Some(copy) = &self.copy {
                steps.go_on()?;
                copy.carry_out(steps)?;
            }
            match &self.profiles {
                Some(profiles) => profiles.write(steps),
                None => Ok(()),
            }
        });
        match done {
            Ok(()) => {
                let [new, changed, gone] = self.counts();
                let account = escape(&self.account.id);
                streams.print(&format!(
                    "Account {account} is as the file says: {new} added, {changed} changed, \
                     {gone} taken away\n"
                ))
            }
            Err(error) if keep => Err(error),
            Err(error) => Err(self.keys.undo(error, streams)),
        }
    }
}

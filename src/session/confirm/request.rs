//! One caller's way to a yes: an answer that still counts, another caller's answer, or its own question.

use std::{path::Path, thread::sleep, time::Duration};

use super::{
    question::{prompt, what, who_asks},
    record::{ConfirmationKey, ConfirmationRecord, Confirmations, Confirmed},
};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{Confirm, Plan},
    prompt::{ConsentQuestion, PromptMode, Unanswered, ask_for_consent, stop_job},
    session::{
        request::{Acquired, SessionRequest},
        wait_notice::{WaitNotice, other},
    },
    state::{Lock, LockWait, StateDirectory},
};

/// The time that is left for the session if the question comes before it.
const RESERVE: Duration = Duration::from_secs(5);
/// How long the lock is held after a refusal, for callers that were started together but arrive one after the
/// other.
const REFUSAL_HELD: Duration = Duration::from_millis(300);

/// Credentials that are about to be handed out, or for which that is to be allowed ahead.
pub(crate) struct ConfirmRequest<'c> {
    /// The process's context.
    pub(crate) context: &'c Context,
    /// Whose credentials.
    pub(crate) plan: &'c Plan,
    /// The verb, as users write it.
    pub(crate) verb: &'c str,
    /// The program that this one runs with the credentials; `None` if they are for its caller.
    pub(crate) program: Option<&'c Path>,
    /// The request for the session.
    pub(crate) request: SessionRequest,
    /// Whether nothing is handed out now: a person prepares for callers that can't ask. With `force` in the
    /// request, they want to be asked again.
    pub(crate) is_ahead: bool,
}

/// Why nobody answered, as far as the caller has to know.
enum NoAnswer {
    /// A person pressed Ctrl-Z. No lock is held.
    Stopped,
    Failed(Error),
}

impl ConfirmRequest<'_> {
    /// Returns what `acquire` returns, if a person allows it.
    ///
    /// The question comes first, so that a refusal costs nothing; but where a person may be asked for an MFA
    /// code, that is the question, and there is another one only if no code was needed.
    ///
    /// # Errors
    /// Those of `acquire`; of kind `Denied` if a person says no, `Interrupted` if they end the question,
    /// `NeedsHuman` if nobody can be asked.
    pub(crate) fn confirmed(
        &self,
        acquire: impl FnOnce() -> Result<Acquired>,
    ) -> Result<(Acquired, Confirmed)> {
        let Some(rule) = &self.plan.confirm else { return Ok((acquire()?, Confirmed::Freely)) };
        if self.is_ahead && rule.seconds.is_none() {
            return Ok((acquire()?, Confirmed::Once));
        }
        if self.plan.mfa.as_ref().is_none_or(|mfa| mfa.command.is_some()) {
            let confirmed = self.confirm(rule, RESERVE)?;
            return Ok((acquire()?, confirmed));
        }
        let acquired = acquire()?;
        let confirmed = if acquired.is_code_typed {
            self.by_answer(rule)
        } else {
            self.confirm(rule, Duration::ZERO)?
        };
        Ok((acquired, confirmed))
    }

    /// Returns how long an answer counts that a person has given just now.
    fn by_answer(&self, rule: &Confirm) -> Confirmed {
        let mut record = ConfirmationRecord::default();
        record.note_yes(self.context);
        record.confirmed(rule, self.context).unwrap_or(Confirmed::Once)
    }

    fn confirm(&self, rule: &Confirm, reserve: Duration) -> Result<Confirmed> {
        let key = ConfirmationKey::of(self.plan);
        let known = Confirmations::existing(self.context).and_then(|records| records.read(&key));
        if let Some(known) = known.filter(|_| !self.asks_again())
            && let Some(confirmed) = known.confirmed(rule, self.context)
        {
            return Ok(confirmed);
        }
        let deadline = self.request.deadline.saturating_sub(reserve);
        let asking = AskOnce { of: self, rule, key, deadline };
        loop {
            match asking.answer() {
                Ok(confirmed) => return Ok(confirmed),
                // All locks are released, so other processes can ask while this one is stopped.
                Err(NoAnswer::Stopped) => stop_job(),
                Err(NoAnswer::Failed(error)) => return Err(error),
            }
        }
    }

    fn asks_again(&self) -> bool {
        self.is_ahead && self.request.force
    }
}

/// One question, and the lock that makes it one for all callers.
struct AskOnce<'a> {
    of: &'a ConfirmRequest<'a>,
    rule: &'a Confirm,
    key: ConfirmationKey,
    deadline: Duration,
}

impl AskOnce<'_> {
    fn answer(&self) -> std::result::Result<Confirmed, NoAnswer> {
        let context = self.of.context;
        let Some(state) = StateDirectory::open(context) else {
            return self.ask(false);
        };
        let records = Confirmations::new(state.clone());
        let lock = match self.turn(&state, &records).map_err(NoAnswer::Failed)? {
            LockOrAnswer::Ours(lock) => lock,
            LockOrAnswer::Answered(confirmed) => return Ok(confirmed),
        };
        let mut record = records.read(&self.key).unwrap_or_default();
        // Another process may have been answered before this one had the lock.
        if let Some(confirmed) = self.counting(&record) {
            return Ok(confirmed);
        }
        if let Some(error) = record.shared_refusal(context, !self.of.is_ahead) {
            return Err(NoAnswer::Failed(error));
        }
        record.name(self.of.plan);
        record.holder = Some(std::process::id());
        let is_kept = records.write(&self.key, &record).is_ok() && lock.is_some();
        let answer = self.ask(is_kept);
        record.holder = None;
        match &answer {
            Ok(_) => record.note_yes(context),
            Err(NoAnswer::Failed(error)) => record.note_no(error, context),
            // It is asked again later: waiters learn nothing yet.
            Err(NoAnswer::Stopped) => {}
        }
        if let Err(error) = records.write(&self.key, &record) {
            state.log(context, &format!("an answer could not be saved: {error}"));
        }
        if record.refusal.is_some() {
            sleep(REFUSAL_HELD);
        }
        sweep(context, &records);
        drop(lock);
        answer
    }

    /// Takes the lock, unless another caller gets the answer in the meantime.
    fn turn(&self, state: &StateDirectory, records: &Confirmations) -> Result<LockOrAnswer> {
        let context = self.of.context;
        let Ok(lock) = state.lock(self.key.as_str()) else { return Ok(LockOrAnswer::Ours(None)) };
        let read = || records.read(&self.key).unwrap_or_default();
        let mut seen = read().generation;
        let mut notice = WaitNotice::new(context, self.of.request);
        let name = self.of.plan.name();
        let doing = format!("asking about '{name}'");
        let waited = lock.wait(context, self.deadline, || {
            let record = read();
            if record.generation != seen {
                seen = record.generation;
                if let Some(error) = record.shared_refusal(context, false) {
                    return Some(Err(error));
                }
                if let Some(confirmed) = self.counting(&record) {
                    return Some(Ok(LockOrAnswer::Answered(confirmed)));
                }
            }
            notice.show(record.holder, &doing);
            None
        });
        match waited {
            LockWait::Taken => Ok(LockOrAnswer::Ours(Some(lock))),
            LockWait::Given(given) => given,
            LockWait::TooLate => {
                let other = other(read().holder);
                let what = format!("{other} is asking whether to hand out '{name}'");
                Err(Error::new(Kind::NeedsHuman, what).hint("answer it first"))
            }
            LockWait::Unusable(_) => Ok(LockOrAnswer::Ours(None)),
        }
    }

    /// Returns how long the answer in `record` counts for this caller.
    fn counting(&self, record: &ConfirmationRecord) -> Option<Confirmed> {
        let context = self.of.context;
        let confirmed = record.confirmed(self.rule, context)?;
        let Confirmed::Between { from, .. } = confirmed else { return Some(confirmed) };
        (!self.of.asks_again() || context.is_since_start(from)).then_some(confirmed)
    }

    /// Asks a person. `is_kept`: whether others will find the answer.
    fn ask(&self, is_kept: bool) -> std::result::Result<Confirmed, NoAnswer> {
        let ConfirmRequest { context, plan, verb, program, .. } = *self.of;
        let mode = PromptMode::of(context)
            .map_err(|why| NoAnswer::Failed(Error::new(Kind::Usage, why)))?;
        let program = program.and_then(Path::file_name).map(|name| format!(" {}", name.display()));
        let verb = format!("{verb}{}", program.unwrap_or_default());
        let mut about = vec![who_asks(context, plan, &verb), what(plan)];
        if !is_kept && self.rule.seconds.is_some() {
            about.push(
                "Your answer can't be saved, so you will be asked again for the next program"
                    .to_owned(),
            );
        }
        let question = ConsentQuestion { about: &about, prompt: &prompt(self.rule), mode };
        match ask_for_consent(&question, context, self.deadline) {
            Ok(true) => Ok(self.of.by_answer(self.rule)),
            Ok(false) => Err(NoAnswer::Failed(self.refused())),
            Err(Unanswered::Stopped) => Err(NoAnswer::Stopped),
            Err(unanswered) => Err(NoAnswer::Failed(self.unanswered(unanswered))),
        }
    }

    fn refused(&self) -> Error {
        let name = self.of.plan.name();
        Error::new(
            Kind::Denied,
            format!("the request for the credentials of '{name}' was denied at the prompt"),
        )
        .at(self.rule.at.clone())
        .hint(format!("run 'rolecall login {name}' to be asked again"))
    }

    fn unanswered(&self, unanswered: Unanswered) -> Error {
        let (plan, name) = (self.of.plan, self.of.plan.name());
        let missing = format!("handing out the credentials of '{name}' needs approval");
        let cancelled = format!("the credentials of '{name}' were not handed out");
        let error = unanswered.into_error(&missing, &cancelled).at(self.rule.at.clone());
        if error.kind() != Kind::NeedsHuman {
            return error;
        }
        let flags = if plan.adjusted { " with the same flags" } else { "" };
        error.hint(match self.rule.seconds {
            Some(_) => format!("run 'rolecall login {name}'{flags} in a terminal first"),
            None => {
                "run it in a terminal, or set 'rolecall_confirm' to a time such as 15m".to_owned()
            }
        })
    }
}

enum LockOrAnswer {
    /// This process has the lock; `None` if locks can't be used.
    Ours(Option<Lock>),
    /// Another process got the answer.
    Answered(Confirmed),
}

/// Notes that a person has typed an MFA code for the credentials of `plan`, which is as good as a yes: the question
/// named them. Before anyone else can find the session that the code made.
pub(in crate::session) fn note_code(
    context: &Context,
    state: Option<&StateDirectory>,
    plan: &Plan,
) {
    let counts = plan.confirm.as_ref().is_some_and(|confirm| confirm.seconds.is_some());
    let Some(state) = state.filter(|_| counts) else { return };
    let (records, key) = (Confirmations::new(state.clone()), ConfirmationKey::of(plan));
    let mut record = records.read(&key).unwrap_or_default();
    record.name(plan);
    record.note_yes(context);
    // If it can't be kept, others are asked.
    drop(records.write(&key, &record));
}

/// Removes records that can't count any more: one is left for each state of a profile's settings.
fn sweep(context: &Context, records: &Confirmations) {
    let now = context.now();
    let over = records.all().into_iter().filter(|(_, record)| record.is_over(now));
    over.for_each(|(key, _)| records.remove(&key));
}

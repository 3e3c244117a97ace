//! The stores: whether an item can be written, read and deleted, and how long that takes.

use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::{check::Check, finding::Finding};
use crate::{
    app::each_store,
    context::{Context, steady_now},
    store::{CallOptions, ErrorKind, NewItem, Store, auto, none},
};

/// How long all stores may take together: the doctor answers within a second.
const TIMEOUT: Duration = Duration::from_millis(700);
/// How long the item of a test exists at most, if it can't be deleted.
const PROBE_LIFE: TimeDelta = TimeDelta::minutes(1);

/// Returns what each store of `name` can do.
pub(super) fn check(context: &Context, name: &str) -> Vec<Finding> {
    // An unknown name is a finding about the environment, or an error of the command line.
    let stores = each_store(context, name).unwrap_or_default();
    let start = steady_now();
    let mut findings = Vec::new();
    let mut used = None;
    let mut last = None;
    for store in &stores {
        if store.name() == none::NAME {
            return vec![Finding::ok(Check::Store, "sessions are not stored: the store is 'none'")];
        }
        let name = store.name();
        match probe(context, &**store, start) {
            Ok(took) => {
                let text = format!(
                    "{name}: an item was written, read and deleted in {} ms",
                    took.as_millis()
                );
                used.get_or_insert(name);
                findings.push(Finding::ok(Check::Store, text));
            }
            Err(why) => {
                findings.push(Finding::ok(Check::Store, format!("{name} is not used: {why}")));
                last = Some(why);
            }
        }
    }
    if used.is_none() && !stores.is_empty() {
        let why = last.unwrap_or_default();
        let text = match stores.len() {
            1 => format!("the store '{name}' can't be used: {why}"),
            _ => "no store can be used".to_owned(),
        };
        let remedy = if name == auto::NAME {
            "start GNOME Keyring, KWallet or KeePassXC; or set ROLECALL_STORE=file, which keeps sessions in \
             files of mode 0600"
        } else {
            "omit --store, and 'unset ROLECALL_STORE'"
        };
        findings.retain(|finding| stores.len() > 1 || finding.check != Check::Store);
        findings.push(Finding::warning(Check::NoStore, text).remedy(remedy));
    }
    findings.extend(quota().filter(|_| stores.iter().any(|store| store.name() == "keyutils")));
    findings
}

/// Writes, reads and deletes an item. Returns how long that took.
fn probe(context: &Context, store: &dyn Store, start: Instant) -> Result<Duration, String> {
    // No session has this key, and no other process.
    let time = context.now().timestamp_micros();
    let key = format!("{:032x}{time:032x}", std::process::id());
    let options =
        || CallOptions { timeout: TIMEOUT.saturating_sub(start.elapsed()), unlock: false };
    let began = steady_now();
    let failed = |error: crate::store::Error| match error.kind {
        ErrorKind::Locked => "it is locked".to_owned(),
        _ => error.message,
    };
    store.check(options()).map_err(failed)?;
    let text = b"rolecall doctor: this item is not a secret";
    let ends = Some(context.now() + PROBE_LIFE);
    let item = NewItem { label: "rolecall doctor", secret: text, ends };
    store.put(&key, &item, options()).map_err(failed)?;
    let found = store.get(&key, options());
    store.delete(&key, options()).map_err(failed)?;
    match found.map_err(failed)? {
        Some(found) if **found == *text => Ok(began.elapsed()),
        Some(_) => Err("it returned a different item from the one that was written".to_owned()),
        None => Err("it lost what was written".to_owned()),
    }
}

/// Returns a warning if the user's kernel keyrings are almost full.
///
/// Rule: proc(5), `/proc/key-users`.
#[cfg(target_os = "linux")]
fn quota() -> Option<Finding> {
    use crate::input::{self, Pipe};

    /// The part of a quota from which on it is almost used up, in percent.
    const ALMOST: u64 = 90;

    let text = input::read_text("/proc/key-users".as_ref(), 1 << 20, Pipe::Refuse).ok()?;
    let uid = rustix::process::geteuid().as_raw().to_string();
    let fields: Vec<&str> = text.lines().find_map(|line| {
        let (user, rest) = line.split_once(':')?;
        (user.trim() == uid).then(|| rest.split_whitespace().collect())
    })?;
    let part = |field: &str| {
        let (used, most) = field.split_once('/')?;
        let (used, most): (u64, u64) = (used.parse().ok()?, most.parse().ok()?);
        (most > 0).then(|| used * 100 / most)
    };
    let percent = fields.iter().skip(2).filter_map(|field| part(field)).max()?;
    (percent >= ALMOST).then(|| {
        let text = format!("your kernel keyrings use {percent} % of their quota");
        Finding::warning(Check::StoreQuota, text)
            .remedy("'rolecall logout --all' removes sessions; 'keyctl show' lists everything else")
    })
}

#[cfg(not(target_os = "linux"))]
fn quota() -> Option<Finding> {
    None
}

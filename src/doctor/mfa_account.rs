//! MFA devices of another account than the keys that they are used with.

use std::collections::HashMap;

use super::{check::Check, finding::Finding};
use crate::{
    plan::{Plan, Source},
    rules::{account_of, account_of_key_id},
    session::{Overview, SessionRecord},
};

/// What earlier sessions tell about the accounts of keys.
pub(super) struct KeyAccounts<'o> {
    /// The devices with which sessions were created, by the ID of the key.
    devices: HashMap<&'o str, Vec<&'o str>>,
}

/// Why the account of a key is known.
enum Evidence {
    /// The profile names it, or a session was created with another device.
    Known,
    /// The ID of the key encodes it, which AWS does not document.
    KeyId,
}

impl<'o> KeyAccounts<'o> {
    pub(super) fn new(overview: &'o Overview) -> Self {
        let mut devices: HashMap<&str, Vec<&str>> = HashMap::new();
        let worked = |record: &&SessionRecord| record.minted.is_some();
        for record in overview.records.iter().map(|(_, record)| record).filter(worked) {
            if let Some(serial) = record.mfa_serial() {
                devices.entry(&record.circumstances.base).or_default().push(serial);
            }
        }
        Self { devices }
    }

    /// Returns what is wrong with the device of `plan`. Where the account of its keys is not known,
    /// nothing is.
    pub(super) fn check(&self, plan: &Plan) -> Option<Finding> {
        let mfa = plan.mfa.as_ref()?;
        let device = account_of(&mfa.serial)?;
        let (id, named) = match &plan.base.source {
            Source::Keys(keys) => (&keys.access_key_id, keys.account_id.as_deref()),
            Source::StoredKeys { access_key_id, account_id } => {
                (access_key_id, account_id.as_deref())
            }
            _ => return None,
        };
        let used = self.devices.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        if used.contains(&mfa.serial.as_str()) {
            return None;
        }
        let of_used = used.iter().find_map(|serial| account_of(serial));
        let (account, evidence) = match named.or(of_used) {
            Some(account) => (account.to_owned(), Evidence::Known),
            None => (account_of_key_id(id)?, Evidence::KeyId),
        };
        if account == device {
            return None;
        }
        let (name, base) = (plan.name(), &plan.base.profile);
        let text =
            format!("the MFA device of '{name}' is of account {device}, and the keys of '{base}'");
        let finding = match evidence {
            Evidence::Known => {
                Finding::problem(Check::MfaAccount, format!("{text} are of {account}"))
            }
            Evidence::KeyId => {
                let text = format!("{text}, by their ID, of {account}");
                Finding::warning(Check::MfaAccount, text)
            }
        };
        let remedy = "name the device of the user whose keys these are: 'aws iam list-mfa-devices'";
        Some(finding.of_profile(name).at(mfa.at.clone()).remedy(remedy))
    }
}

//! Deletes users and roles, with everything that belongs to them.

use rolecall::{
    Arn, DELETE_CONFLICT, Error, Failure, Kind, NO_SUCH_ENTITY, Result, Streams, escape,
};

use crate::{
    caller::Caller,
    change::Change,
    failure::{explain, if_exists, is_refused_with},
    holder::Holder,
};

/// The pauses, in milliseconds, between attempts to delete a role: the deletion of its policies may
/// not be visible everywhere yet.
const PAUSES: [u64; 4] = [500, 1_000, 2_000, 4_000];

/// The deletion of a user or role. Each step is printed to stdout as one line.
pub(crate) struct Deletion<'d, 's> {
    pub(crate) caller: &'d Caller<'d>,
    pub(crate) holder: &'d Holder,
    pub(crate) dry_run: bool,
    /// What could not be listed, and why. It only matters if the user has such things.
    pub(crate) unseen: Vec<String>,
    pub(crate) streams: &'d mut Streams<'s>,
}

type Answer<T> = std::result::Result<T, Failure>;

impl Deletion<'_, '_> {
    /// Deletes a user with everything that belongs to it. Refuses to delete the user `own_arn`.
    ///
    /// IAM deletes only a user that has nothing left.
    ///
    /// Rule: IAM API Reference, "DeleteUser".
    pub(crate) fn user(&mut self, own_arn: &str) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.holder.name());
        match self.caller.call(iam.get_user().user_name(user).send()) {
            Ok(answer) if answer.user().is_some_and(|user| user.arn() == own_arn) => {
                let text = format!("user '{user}' owns the credentials that this command uses");
                return Err(
                    Error::new(Kind::Other, text).hint("use another --profile to delete it")
                );
            }
            Err(failure) if is_refused_with(&failure, &[NO_SUCH_ENTITY]) => {
                return Err(explain(&failure, &format!("delete user '{user}'")));
            }
            // A caller that may not read the user may still be allowed to delete it.
            _ => {}
        }
        self.policies("")?;
        self.delete_belongings()?;
        let delete = |caller: &Caller<'_>| caller.call(iam.delete_user().user_name(user).send());
        if !self.dry_run {
            match delete(self.caller) {
                // Rarely used things are listed only if they may prevent the deletion.
                Err(failure) if is_refused_with(&failure, &[DELETE_CONFLICT]) => {}
                answer => return self.told("Deleted user", answer),
            }
        }
        self.credentials_for_services()?;
        self.done("Deleted user", delete)
    }

    /// Deletes a role with its policies.
    ///
    /// Rule: IAM API Reference, "DeleteRole".
    pub(crate) fn role(&mut self) -> Result<()> {
        let (iam, role) = (self.caller.iam(), self.holder.name());
        self.policies(" of role")?;
        self.done(&format!("Deleted role: {role}"), |caller| {
            caller.retry(&PAUSES, &[DELETE_CONFLICT], || {
                caller.call(iam.delete_role().role_name(role).send())
            })
        })
    }

    /// `of` says in messages whose policies they are.
    fn policies(&mut self, of: &str) -> Result<()> {
        let holder = self.holder;
        for name in self.found("policies", holder.inline_names(self.caller))? {
            self.done(&format!("Deleted policy{of}: {name}"), |caller| {
                holder.delete_inline(caller, &name)
            })?;
        }
        for arn in self.found("attached policies", holder.attached(self.caller))? {
            self.done(&format!("Detached policy{of}: {arn}"), |caller| {
                holder.detach(caller, &arn)
            })?;
        }
        Ok(())
    }

    /// Deletes what belongs to a user, in this order: access keys, password, MFA devices,
    /// certificates, SSH keys, memberships.
    fn delete_belongings(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.holder.name());
        let keys = iam.list_access_keys().user_name(user).into_paginator().items().send();
        for key in self.found("access keys", self.caller.list(keys))? {
            let id = key.access_key_id().unwrap_or_default();
            let call = iam.delete_access_key().user_name(user).access_key_id(id).send();
            self.done(&format!("Deleted access key: {id}"), |caller| caller.call(call))?;
        }
        let profile = self.caller.call(iam.get_login_profile().user_name(user).send());
        if self.found("login profile", if_exists(profile))?.is_some() {
            let call = iam.delete_login_profile().user_name(user).send();
            self.done("Deleted login profile", |caller| caller.call(call))?;
        }
        let devices = iam.list_mfa_devices().user_name(user).into_paginator().items().send();
        for device in self.found("MFA devices", self.caller.list(devices))? {
            let serial = device.serial_number();
            let call = iam.deactivate_mfa_device().user_name(user).serial_number(serial).send();
            self.done(&format!("Deactivated MFA device: {serial}"), |caller| caller.call(call))?;
            if is_virtual(serial) {
                let call = iam.delete_virtual_mfa_device().serial_number(serial).send();
                self.done(&format!("Deleted virtual MFA device: {serial}"), |caller| {
                    caller.call(call)
                })?;
            }
        }
        let certificates = iam.list_signing_certificates().user_name(user).into_paginator();
        let certificates = self.caller.list(certificates.items().send());
        for certificate in self.found("signing certificates", certificates)? {
            let id = certificate.certificate_id();
            let call = iam.delete_signing_certificate().user_name(user).certificate_id(id).send();
            self.done(&format!("Deleted signing certificate: {id}"), |caller| caller.call(call))?;
        }
        let keys = iam.list_ssh_public_keys().user_name(user).into_paginator().items().send();
        for key in self.found("SSH keys", self.caller.list(keys))? {
            let id = key.ssh_public_key_id();
            let call = iam.delete_ssh_public_key().user_name(user).ssh_public_key_id(id).send();
            self.done(&format!("Deleted SSH key: {id}"), |caller| caller.call(call))?;
        }
        let groups = iam.list_groups_for_user().user_name(user).into_paginator().items().send();
        for group in self.found("groups", self.caller.list(groups))? {
            let group = group.group_name;
            let told = format!("Removed from group: {group}");
            let remove = Change::RemoveMember { group, user: user.to_owned() };
            self.done(&told, |caller| remove.call(caller))?;
        }
        Ok(())
    }

    fn credentials_for_services(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.holder.name());
        let listed = iam.list_service_specific_credentials().user_name(user).send();
        let listed = self.found("credentials for services", self.caller.call(listed).map(Some))?;
        let listed = listed.and_then(|answer| answer.service_specific_credentials);
        for credential in listed.unwrap_or_default() {
            let (service, id) =
                (credential.service_name(), credential.service_specific_credential_id());
            let call = iam.delete_service_specific_credential().user_name(user);
            let call = call.service_specific_credential_id(id).send();
            self.done(&format!("Deleted credential for {service}: {id}"), |caller| {
                caller.call(call)
            })?;
        }
        Ok(())
    }

    /// Returns what the user has; nothing if the caller may not list it.
    fn found<T: Default>(&mut self, what: &str, answer: Answer<T>) -> Result<T> {
        answer.or_else(|failure| {
            let (kind, name) = (self.holder.kind(), self.holder.name());
            let error = explain(&failure, &format!("list {what} of {kind} '{name}'"));
            match failure {
                Failure::Refused { .. } | Failure::Unable { .. } => {
                    self.unseen.push(error.to_string());
                    Ok(T::default())
                }
                _ => Err(error),
            }
        })
    }

    /// Makes the call and prints what it did.
    fn done<T>(&mut self, told: &str, call: impl FnOnce(&Caller<'_>) -> Answer<T>) -> Result<()> {
        let answer = if self.dry_run { Ok(()) } else { call(self.caller).map(drop) };
        self.told(told, answer)
    }

    fn told<T>(&mut self, told: &str, answer: Answer<T>) -> Result<()> {
        match if_exists(answer) {
            // It is already gone, perhaps deleted by another command.
            Ok(None) => Ok(()),
            Ok(Some(_)) => self.streams.print(&format!("  {}\n", escape(told))),
            Err(failure) => {
                let (kind, name) = (self.holder.kind(), self.holder.name());
                let error = explain(&failure, &format!("delete {kind} '{name}'"));
                Err(self.unseen.iter().fold(error, |error, unseen| error.hint(unseen.clone())))
            }
        }
    }
}

/// Returns whether the MFA device is virtual, and so a resource of its own in IAM. Hardware devices
/// have no ARN, or one of another form.
///
/// Rule: IAM API Reference, "DeactivateMFADevice", `SerialNumber`.
fn is_virtual(serial: &str) -> bool {
    Arn::parse(serial).is_some_and(|arn| arn.resource.starts_with("mfa/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_device_of_software_is_virtual() {
        assert!(is_virtual("arn:aws:iam::111111111111:mfa/natan"));
        assert!(!is_virtual("arn:aws:iam::111111111111:u2f/user/natan/key-AAAA"));
        assert!(!is_virtual("GAHT12345678"));
    }
}

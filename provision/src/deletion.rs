//! Deleting users and roles, with what is theirs and in the way.

use std::{error::Error as StdError, time::Duration};

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rolecall::{
    aws::Failure,
    error::{Error, Kind, Result},
    output::{Streams, escape},
};

use crate::{
    buckets::refused_with,
    caller::{Caller, explain},
};

/// The pauses between tries of a role's deletion: IAM may not know yet everywhere that its policies
/// are gone.
const PAUSES: [u64; 4] = [500, 1_000, 2_000, 4_000];

/// A user or a role on the way out.
pub(crate) struct Deletion<'d, 's> {
    caller: &'d Caller,
    /// What it is: `user`.
    kind: &'static str,
    name: &'d str,
    dry_run: bool,
    /// What could not be looked for, and why. Most users have none of it, and then it does not matter.
    unseen: Vec<String>,
    streams: &'d mut Streams<'s>,
}

type Answer<T, E> = std::result::Result<T, SdkError<E, HttpResponse>>;

impl<'d, 's> Deletion<'d, 's> {
    /// `kind` is what it is: `user`. What is done is told on stdout, a line each.
    pub(crate) fn new(
        caller: &'d Caller,
        kind: &'static str,
        name: &'d str,
        dry_run: bool,
        streams: &'d mut Streams<'s>,
    ) -> Self {
        Self { caller, kind, name, dry_run, unseen: Vec::new(), streams }
    }

    /// Deletes a user with all that is its own. The one of the ARN `own_arn` is refused.
    ///
    /// IAM deletes only a user that has nothing any more.
    ///
    /// Rule: IAM API Reference, "DeleteUser".
    pub(crate) fn user(&mut self, own_arn: &str) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        match self.caller.call(iam.get_user().user_name(user).send()) {
            Ok(answer) if answer.user().is_some_and(|user| user.arn() == own_arn) => {
                let text = format!("user '{user}' is the one who calls AWS here");
                return Err(Error::new(Kind::Other, text).hint("delete it with another profile"));
            }
            Err(failure) if refused_with(&failure, "NoSuchEntity") => {
                return Err(explain(&failure, &format!("delete user '{user}'")));
            }
            // Those who may not look at it may delete it all the same.
            _ => {}
        }
        self.policies()?;
        self.credentials()?;
        self.mfa_devices()?;
        self.certificates()?;
        let groups = iam.list_groups_for_user().user_name(user).into_paginator().items().send();
        for group in self.found("groups", groups.collect())? {
            let name = group.group_name();
            let call = iam.remove_user_from_group().user_name(user).group_name(name).send();
            self.done(&format!("Removed from group: {name}"), call)?;
        }
        let delete = || iam.delete_user().user_name(user).send();
        if !self.dry_run {
            match self.caller.call(delete()) {
                // What next to nobody has is looked for when it may be in the way.
                Err(failure) if refused_with(&failure, "DeleteConflict") => {}
                answer => return self.told("Deleted user", answer.map(drop)),
            }
        }
        self.credentials_for_services()?;
        self.done("Deleted user", delete())
    }

    /// Deletes a role with its policies.
    ///
    /// Rule: IAM API Reference, "DeleteRole".
    pub(crate) fn role(&mut self) -> Result<()> {
        let (iam, role) = (self.caller.iam(), self.name);
        let inline = iam.list_role_policies().role_name(role).into_paginator().items().send();
        for name in self.found("policies", inline.collect())? {
            let call = iam.delete_role_policy().role_name(role).policy_name(&name).send();
            self.done(&format!("Deleted policy of role: {name}"), call)?;
        }
        let attached = iam.list_attached_role_policies().role_name(role).into_paginator();
        for policy in self.found("attached policies", attached.items().send().collect())? {
            let arn = policy.policy_arn().unwrap_or_default();
            let call = iam.detach_role_policy().role_name(role).policy_arn(arn).send();
            self.done(&format!("Detached policy of role: {arn}"), call)?;
        }
        let mut pauses = PAUSES.into_iter();
        let deleted = loop {
            if self.dry_run {
                break Ok(());
            }
            let answer = self.caller.call(iam.delete_role().role_name(role).send()).map(drop);
            match (&answer, pauses.next()) {
                (Err(failure), Some(pause))
                    if refused_with(failure, "DeleteConflict")
                        && self.caller.pause(Duration::from_millis(pause)) => {}
                _ => break answer,
            }
        };
        self.told(&format!("Deleted role: {role}"), deleted)
    }

    fn policies(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        let inline = iam.list_user_policies().user_name(user).into_paginator().items().send();
        for name in self.found("policies", inline.collect())? {
            let call = iam.delete_user_policy().user_name(user).policy_name(&name).send();
            self.done(&format!("Deleted policy: {name}"), call)?;
        }
        let attached = iam.list_attached_user_policies().user_name(user).into_paginator();
        for policy in self.found("attached policies", attached.items().send().collect())? {
            let arn = policy.policy_arn().unwrap_or_default();
            let call = iam.detach_user_policy().user_name(user).policy_arn(arn).send();
            self.done(&format!("Detached policy: {arn}"), call)?;
        }
        Ok(())
    }

    /// Access keys and password.
    fn credentials(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        let keys = iam.list_access_keys().user_name(user).into_paginator().items().send();
        for key in self.found("access keys", keys.collect())? {
            let id = key.access_key_id().unwrap_or_default();
            let call = iam.delete_access_key().user_name(user).access_key_id(id).send();
            self.done(&format!("Deleted access key: {id}"), call)?;
        }
        match self.caller.call(iam.get_login_profile().user_name(user).send()) {
            Err(failure) if refused_with(&failure, "NoSuchEntity") => Ok(()),
            Err(failure) => self.not_found("login profile", &failure),
            Ok(_) => {
                let call = iam.delete_login_profile().user_name(user).send();
                self.done("Deleted login profile", call)
            }
        }
    }

    fn mfa_devices(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        let devices = iam.list_mfa_devices().user_name(user).into_paginator().items().send();
        for device in self.found("MFA devices", devices.collect())? {
            let serial = device.serial_number();
            let call = iam.deactivate_mfa_device().user_name(user).serial_number(serial).send();
            self.done(&format!("Deactivated MFA device: {serial}"), call)?;
            if is_virtual(serial) {
                let call = iam.delete_virtual_mfa_device().serial_number(serial).send();
                self.done(&format!("Deleted virtual MFA device: {serial}"), call)?;
            }
        }
        Ok(())
    }

    fn certificates(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        let certificates = iam.list_signing_certificates().user_name(user).into_paginator();
        let certificates = certificates.items().send().collect();
        for certificate in self.found("signing certificates", certificates)? {
            let id = certificate.certificate_id();
            let call = iam.delete_signing_certificate().user_name(user).certificate_id(id).send();
            self.done(&format!("Deleted signing certificate: {id}"), call)?;
        }
        let keys = iam.list_ssh_public_keys().user_name(user).into_paginator().items().send();
        for key in self.found("SSH keys", keys.collect())? {
            let id = key.ssh_public_key_id();
            let call = iam.delete_ssh_public_key().user_name(user).ssh_public_key_id(id).send();
            self.done(&format!("Deleted SSH key: {id}"), call)?;
        }
        Ok(())
    }

    fn credentials_for_services(&mut self) -> Result<()> {
        let (iam, user) = (self.caller.iam(), self.name);
        let listed = async {
            let answer = iam.list_service_specific_credentials().user_name(user).send().await?;
            Ok(answer.service_specific_credentials.unwrap_or_default())
        };
        for credential in self.found("credentials for services", listed)? {
            let (service, id) =
                (credential.service_name(), credential.service_specific_credential_id());
            let call = iam.delete_service_specific_credential().user_name(user);
            let call = call.service_specific_credential_id(id).send();
            self.done(&format!("Deleted credential for {service}: {id}"), call)?;
        }
        Ok(())
    }

    /// What the user has; nothing where we may not look.
    fn found<T, E>(
        &mut self,
        what: &str,
        list: impl Future<Output = Answer<Vec<T>, E>>,
    ) -> Result<Vec<T>>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        match self.caller.call(list) {
            Ok(found) => Ok(found),
            Err(failure) => self.not_found(what, &failure).map(|()| Vec::new()),
        }
    }

    fn not_found(&mut self, what: &str, failure: &Failure) -> Result<()> {
        let error = explain(failure, &format!("look for {what} of {} '{}'", self.kind, self.name));
        match failure {
            Failure::Refused { .. } | Failure::Unable { .. } => {
                self.unseen.push(error.to_string());
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Makes the call, and tells what it did.
    fn done<T, E>(&mut self, told: &str, call: impl Future<Output = Answer<T, E>>) -> Result<()>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let result = if self.dry_run { Ok(()) } else { self.caller.call(call).map(drop) };
        self.told(told, result)
    }

    fn told(&mut self, told: &str, result: std::result::Result<(), Failure>) -> Result<()> {
        match result {
            // It went by itself, or another command was faster.
            Err(failure) if refused_with(&failure, "NoSuchEntity") => Ok(()),
            Err(failure) => {
                let error = explain(&failure, &format!("delete {} '{}'", self.kind, self.name));
                Err(self.unseen.iter().fold(error, |error, unseen| error.hint(unseen.clone())))
            }
            Ok(()) => self.streams.print(&format!("  {}\n", escape(told))),
        }
    }
}

/// Whether it is a device of software, which is a thing of its own in IAM. Those of hardware have no
/// ARN, or one of another kind.
///
/// Rule: IAM API Reference, "DeactivateMFADevice", `SerialNumber`.
fn is_virtual(serial: &str) -> bool {
    serial.starts_with("arn:") && serial.contains(":mfa/")
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

//! The names of the sessions of a chain's roles.

use std::cell::OnceCell;

use super::{Environment, hop::Draft};
use crate::rules::{NamePart, name_of_template, session_name_of};

/// What the names are made of. Each part is found out only if a name has it: the user database can be slow, and
/// the rest costs calls to the system.
pub(super) struct SessionNames<'e> {
    environment: Environment<'e>,
    user: OnceCell<String>,
    host: OnceCell<String>,
    program: OnceCell<String>,
}

impl<'e> SessionNames<'e> {
    pub(super) fn new(environment: Environment<'e>) -> Self {
        let (user, host, program) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { environment, user, host, program }
    }

    /// Returns the name of the session of `draft`: by default, that of the user.
    pub(super) fn name(&self, draft: &Draft) -> String {
        match &draft.settings.session_name {
            Some(template) => name_of_template(template, |part| self.part(part, draft)),
            None => session_name_of(&self.part(NamePart::User, draft)),
        }
    }

    fn part(&self, part: NamePart, draft: &Draft) -> String {
        let context = self.environment.context();
        let known =
            |cell: &OnceCell<String>, find: &dyn Fn() -> Option<String>, otherwise: &str| {
                cell.get_or_init(|| find().unwrap_or_else(|| otherwise.to_owned())).clone()
            };
        match part {
            NamePart::User => known(&self.user, &|| context.user_name(), "rolecall"),
            NamePart::Host => known(&self.host, &|| context.host_name(), "unknown-host"),
            NamePart::Program => {
                known(&self.program, &|| context.user_program(), "unknown-program")
            }
            // A role of the command line has none.
            NamePart::Profile => {
                let role = draft.role_arn.rsplit('/').next().unwrap_or_default();
                draft.profile.as_deref().unwrap_or(role).to_owned()
            }
        }
    }
}

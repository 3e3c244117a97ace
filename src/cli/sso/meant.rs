//! What was probably meant by the name of an account or a role that does not exist.

use crate::{identity_center::SsoAccount, rules::nearest_of};

/// Returns a hint with the accounts that resemble `wanted`, or `otherwise` if there are none.
pub(super) fn meant_account<'a>(
    wanted: &str,
    accounts: impl IntoIterator<Item = &'a SsoAccount>,
    otherwise: &str,
) -> String {
    let accounts: Vec<&SsoAccount> = accounts.into_iter().collect();
    let names = accounts.iter().flat_map(|account| [&*account.name, &*account.id]);
    let near = nearest_of(names, wanted);
    let shown = near.iter().map(|near| {
        // A name that several accounts have is of little use alone.
        let ids = accounts.iter().filter(|account| account.name == *near);
        let ids: Vec<&str> = ids.map(|account| &*account.id).collect();
        if ids.len() > 1 { format!("{near}' ({})", ids.join(", ")) } else { format!("{near}'") }
    });
    hint(shown.collect(), otherwise)
}

/// Returns a hint with the roles that resemble `wanted`, or `otherwise` if there are none.
pub(super) fn meant_role<'r>(
    wanted: &str,
    roles: impl IntoIterator<Item = &'r str>,
    otherwise: &str,
) -> String {
    let mut roles: Vec<&str> = roles.into_iter().collect();
    roles.sort_unstable();
    roles.dedup();
    hint(nearest_of(roles, wanted).iter().map(|near| format!("{near}'")).collect(), otherwise)
}

/// Each of `near` begins after its opening quote.
fn hint(near: Vec<String>, otherwise: &str) -> String {
    match &near[..] {
        [] => otherwise.to_owned(),
        near => format!("did you mean '{}?", near.join(" or '")),
    }
}

//! The owner, group, mode and access list of a file that is replaced.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
};

/// A file that is about to be replaced.
pub(super) struct Replaced<'f> {
    pub(super) path: &'f Path,
    pub(super) file: &'f File,
    pub(super) metadata: &'f Metadata,
}

/// Gives `new` the owner, group, mode and extended attributes of the old file, before it has any
/// content. Returns a sentence for each that this user may not give to a file: then nobody gets more
/// access than before.
pub(super) fn keep_attributes(new: &File, old: &Replaced<'_>) -> io::Result<Vec<String>> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

    let Replaced { path, file, metadata } = old;
    let own = new.metadata()?;
    let (owner, group) = (metadata.uid(), metadata.gid());
    let (mut has_owner, mut has_group) = (own.uid() == owner, own.gid() == group);
    if !(has_owner && has_group) && fchown(new, Some(owner), Some(group)).is_ok() {
        (has_owner, has_group) = (true, true);
    }
    has_group = has_group || fchown(new, None, Some(group)).is_ok();
    has_owner = has_owner || fchown(new, Some(owner), None).is_ok();
    let wanted = metadata.mode() & 0o7777;
    // Members of another group get no more than everyone, as in vim.
    let mode = if has_group { wanted } else { wanted & !0o070 | wanted & wanted << 3 & 0o070 };
    new.set_permissions(std::fs::Permissions::from_mode(mode))?;
    let mut lost = Vec::new();
    let path = path.display();
    if !has_owner {
        lost.push(format!(
            "{path} belonged to user {owner} and is now yours; 'sudo chown {owner} {path}' \
             restores that"
        ));
    }
    if !has_group {
        let now = own.gid();
        let narrowed = if mode == wanted {
            String::new()
        } else {
            format!(", whose members get the same access as everyone else (mode {mode:o})")
        };
        let restore = if mode == wanted {
            format!("'sudo chgrp {group} {path}' restores it")
        } else {
            format!("'sudo chgrp {group} {path} && sudo chmod {wanted:o} {path}' restores both")
        };
        lost.push(format!(
            "{path} had group {group}, which you are not in; it now has group {now}{narrowed}; {restore}"
        ));
    }
    lost.extend(keep_extended(new, file, has_group).map(|name| {
        format!("{path} could not keep its extended attribute {name}; 'getfacl {path}' shows what it has")
    }));
    Ok(lost)
}

/// Copies the access list and other attributes of `old`; returns the name of the first that could
/// not be copied.
///
/// Rule: xattr(7), acl(5). What the kernel's security modules attach follows their own policy.
#[cfg(target_os = "linux")]
fn keep_extended(new: &File, old: &File, has_group: bool) -> Option<String> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};

    /// The access list also limits the group, and would give another one its access.
    const ACCESS_LIST: &str = "system.posix_acl_access";
    /// Larger than any that the kernel takes.
    const LARGEST: usize = 64 * 1024;

    let mut names = vec![0; LARGEST];
    let length = flistxattr(old, names.as_mut_slice()).unwrap_or_default();
    let names = names[..length].split(|byte| *byte == 0);
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    let mut lost = None;
    for name in names.filter(|name| *name == ACCESS_LIST || name.starts_with("user.")) {
        let mut value = vec![0; LARGEST];
        let kept = (has_group || name != ACCESS_LIST)
            && fgetxattr(old, name, value.as_mut_slice())
                .and_then(|length| fsetxattr(new, name, &value[..length], XattrFlags::empty()))
                .is_ok();
        if !kept {
            lost.get_or_insert_with(|| name.to_owned());
        }
    }
    lost
}

#[cfg(not(target_os = "linux"))]
fn keep_extended(_new: &File, _old: &File, _has_group: bool) -> Option<String> {
    None
}

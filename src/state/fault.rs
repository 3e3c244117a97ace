//! Why the folder for state can't be used, and the command that mends it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::layout::FOLDERS;
use crate::{context::Context, private};

/// What to do if nothing at its place can be mended.
const ELSEWHERE: &str = "set XDG_STATE_HOME to a directory that you own and can write to";

/// Why the folder for state can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StateFault {
    /// The folder; `None` if the user has no home.
    pub(crate) path: Option<PathBuf>,
    /// Why it can't be used, such as `/home/natan/.local/state belongs to root`.
    pub(crate) why: String,
    /// What mends it: an imperative, or a command in single quotes.
    pub(crate) remedy: String,
    /// The folder that takes its place meanwhile; `None` if there is none.
    pub(crate) instead: Option<PathBuf>,
}

impl StateFault {
    /// Returns why the folder for state can't be used; `None` if it can, or can be created. Creates
    /// nothing.
    pub(crate) fn find(context: &Context) -> Option<Self> {
        let folders = context.state_directories();
        let lasting = folders.iter().find(|folder| folder.is_lasting);
        let (path, why, remedy) = match lasting {
            None => {
                (None, "there is no home directory".to_owned(), format!("set HOME, or {ELSEWHERE}"))
            }
            Some(folder) => {
                let blocker = blocker(&folder.path).err()?;
                (Some(folder.path.clone()), blocker.why(), blocker.remedy(context))
            }
        };
        let instead = folders.into_iter().filter(|folder| !folder.is_lasting);
        let can_be_used = |path: &Path| {
            blocker(path).is_ok() && (path.exists() || path.parent().is_some_and(Path::is_dir))
        };
        let mut instead = instead.filter(|folder| {
            let parent = folder.path.parent();
            let is_private =
                !folder.has_private_parent || parent.is_some_and(private::is_folder_of_ours);
            is_private && can_be_used(&folder.path)
        });
        Some(Self { path, why, remedy, instead: instead.next().map(|folder| folder.path) })
    }

    /// Returns what can't be used and why, in one line.
    pub(crate) fn text(&self) -> String {
        match &self.path {
            Some(path) => {
                format!("the state directory {} can't be used: {}", path.display(), self.why)
            }
            None => format!("there is no state directory: {}", self.why),
        }
    }

    /// Returns all of it in one line, for a warning.
    pub(crate) fn warning(&self) -> String {
        format!("{}; {}; {}", self.text(), self.consequence(), self.remedy)
    }

    /// Returns what it means for now, in one line.
    pub(crate) fn consequence(&self) -> String {
        match &self.instead {
            Some(path) => format!(
                "locks and records are in {}, and are lost at logout or restart",
                path.display()
            ),
            None => "there are no locks and records: programs that start together each create a \
                     session and may each prompt for a code"
                .to_owned(),
        }
    }
}

/// A file in the folder for state that this user can't use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ForeignFile {
    /// What is wrong, in one line.
    pub(crate) text: String,
    /// The command that mends it, in single quotes.
    pub(crate) remedy: String,
}

/// Returns a file in the folder for state that belongs to another user, as files do that were made
/// under `sudo -E`; `None` if none does.
pub(crate) fn foreign_file(context: &Context) -> Option<ForeignFile> {
    let folder = context.state_directories().into_iter().find(|folder| folder.is_lasting)?;
    let places = [""].into_iter().chain(FOLDERS).map(|name| folder.path.join(name));
    let mut entries = places.flat_map(|place| fs::read_dir(place).into_iter().flatten().flatten());
    let (path, owner) = entries.find_map(|entry| {
        let owner = foreign_owner(&entry.metadata().ok()?)?;
        Some((entry.path(), owner))
    })?;
    let text = format!("{} belongs to {} and can't be used", path.display(), owner_name(owner));
    Some(ForeignFile { text, remedy: chown(&folder.path) })
}

/// What keeps a folder from being used.
struct Blocker {
    path: PathBuf,
    kind: BlockerKind,
}

#[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere most are not known"))]
enum BlockerKind {
    NoFolder,
    Owner(u32),
    ReadOnly,
    Mode,
    Immutable,
    Other(io::Error),
}

impl Blocker {
    fn why(&self) -> String {
        let path = self.path.display();
        match &self.kind {
            BlockerKind::NoFolder => format!("{path} is not a directory"),
            BlockerKind::Owner(owner) => format!("{path} belongs to {}", owner_name(*owner)),
            BlockerKind::ReadOnly => format!("{path} is on a read-only file system"),
            BlockerKind::Mode => format!("the mode of {path} doesn't let you write there"),
            BlockerKind::Immutable => format!("{path} can't be changed (immutable)"),
            BlockerKind::Other(error) => format!("{path}: {error}"),
        }
    }

    fn remedy(&self, context: &Context) -> String {
        let home = context.home();
        // Nobody is told to change what is not theirs, nor to give themselves all of their home.
        let is_at_home = home.is_some_and(|home| self.path.starts_with(home));
        let is_below_home = is_at_home && home != Some(&self.path);
        let path = quoted(&self.path);
        match &self.kind {
            BlockerKind::NoFolder => format!("remove {path}, or {ELSEWHERE}"),
            BlockerKind::Owner(_) if is_below_home => chown(&self.path),
            BlockerKind::Mode if is_at_home => format!("'chmod u+rwx {path}' allows that"),
            BlockerKind::Immutable if is_at_home => {
                format!("'sudo chattr -i {path}' makes it writable")
            }
            _ => ELSEWHERE.to_owned(),
        }
    }
}

#[cfg(unix)]
fn chown(path: &Path) -> String {
    let user = rustix::process::geteuid().as_raw();
    format!("'sudo chown -R {user} {}' makes it yours", quoted(path))
}

#[cfg(not(unix))]
fn chown(_: &Path) -> String {
    ELSEWHERE.to_owned()
}

fn owner_name(owner: u32) -> String {
    if owner == 0 { "root".to_owned() } else { format!("user {owner}") }
}

/// `path` as a word for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%,:".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Checks that `path` and the folders in it can be used, or can be created.
fn blocker(path: &Path) -> Result<(), Blocker> {
    let of = |path: &Path, kind| Err(Blocker { path: path.to_owned(), kind });
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() => of(path, BlockerKind::NoFolder),
        Ok(_) => {
            writable(path)?;
            for name in FOLDERS {
                let folder = path.join(name);
                match fs::symlink_metadata(&folder) {
                    Ok(found) if !found.is_dir() => return of(&folder, BlockerKind::NoFolder),
                    Ok(_) => writable(&folder)?,
                    Err(_) => {}
                }
            }
            Ok(())
        }
        Err(_) => {
            // Parents may be symlinks.
            let parent = path.ancestors().skip(1).find(|path| fs::metadata(path).is_ok());
            match parent {
                Some(parent) if !parent.is_dir() => of(parent, BlockerKind::NoFolder),
                Some(parent) => may_write(parent),
                None => of(path, BlockerKind::NoFolder),
            }
        }
    }
}

/// Checks that `folder` is ours, and writable.
fn writable(folder: &Path) -> Result<(), Blocker> {
    let owner = fs::symlink_metadata(folder).ok().and_then(|found| foreign_owner(&found));
    match owner {
        Some(owner) => Err(Blocker { path: folder.to_owned(), kind: BlockerKind::Owner(owner) }),
        None => may_write(folder),
    }
}

/// Checks that something can be created in `folder`, whoever it belongs to.
#[cfg(unix)]
fn may_write(folder: &Path) -> Result<(), Blocker> {
    use rustix::{
        fs::{Access, access},
        io::Errno,
    };
    let Err(error) = access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) else {
        return Ok(());
    };
    let owner = fs::metadata(folder).ok().and_then(|found| foreign_owner(&found));
    let kind = match (error, owner) {
        (Errno::ROFS, _) => BlockerKind::ReadOnly,
        (Errno::PERM, _) => BlockerKind::Immutable,
        (_, Some(owner)) => BlockerKind::Owner(owner),
        (Errno::ACCESS, None) => BlockerKind::Mode,
        (error, None) => BlockerKind::Other(error.into()),
    };
    Err(Blocker { path: folder.to_owned(), kind })
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> Result<(), Blocker> {
    match fs::metadata(folder) {
        Ok(found) if found.permissions().readonly() => {
            Err(Blocker { path: folder.to_owned(), kind: BlockerKind::ReadOnly })
        }
        _ => Ok(()),
    }
}

/// The owner, if that is not this user.
#[cfg(unix)]
fn foreign_owner(found: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(found.uid()).filter(|owner| *owner != rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn foreign_owner(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn fault(root: &Path, home: &Path) -> Option<StateFault> {
        let [home, run] = [home, &root.join("run")].map(|path| path.display().to_string());
        let environment = [("HOME", &*home), ("XDG_RUNTIME_DIR", &*run)];
        StateFault::find(&Context::made_up(environment, || chrono::DateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_folder_that_can_be_created_has_no_fault() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(fault(root.path(), root.path()), None);
        fs::create_dir_all(root.path().join(".local/state/rolecall/locks")).unwrap();
        assert_eq!(fault(root.path(), root.path()), None);
    }

    #[test]
    fn what_is_in_the_way_is_named_with_the_folder_that_takes_its_place() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("h o'me");
        fs::create_dir_all(home.join(".local")).unwrap();
        fs::write(home.join(".local/state"), "").unwrap();
        let found = fault(root.path(), &home).unwrap();
        let blocker = home.join(".local/state");
        assert_eq!(found.why, format!("{} is not a directory", blocker.display()));
        assert!(found.remedy.starts_with("remove '/"), "{}", found.remedy);
        assert!(found.remedy.contains("h o'\\''me"), "{}", found.remedy);
        assert_eq!(found.instead, None, "there is no such runtime directory");
        fs::create_dir(root.path().join("run")).unwrap();
        let found = fault(root.path(), &home).unwrap();
        assert_eq!(found.instead, Some(root.path().join("run/rolecall")));
    }
}

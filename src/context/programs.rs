//! Where this program is, and where others are found.

use std::{
    ffi::{OsStr, OsString},
    path::{Component, Path, PathBuf},
};

use super::Context;

/// The result of looking for a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// It can be run by this path.
    There(PathBuf),
    /// It is only in a relative folder of `PATH`, which leads elsewhere in each directory.
    OnlyInRelativeFolder,
    /// There is something of that name, but it is not executable.
    NotExecutable,
    /// There is nothing of that name.
    Missing,
}

impl Context {
    /// Returns the absolute path by which this program can be called from now on.
    ///
    /// The system's answer has symlinks resolved, so it may be in the folder of one version that
    /// the next update removes. So prefer the path in `PATH` that leads to the same file, then the
    /// one that the program was called by.
    pub(crate) fn executable(&self) -> Option<PathBuf> {
        let own = self.executable.as_deref()?;
        let Ok(file) = own.canonicalize() else { return Some(own.to_owned()) };
        let is_same = |path: &PathBuf| path.canonicalize().is_ok_and(|other| other == file);
        let name = format!("rolecall{}", std::env::consts::EXE_SUFFIX);
        if let Some(path) = self.programs(&name).find(is_same) {
            return Some(path);
        }
        // A bare name was looked up in PATH, or made up by the caller.
        let called = self.called_as.as_deref().filter(|path| path.components().count() > 1);
        let climbs = |path: &PathBuf| path.components().any(|part| part == Component::ParentDir);
        let called = called.and_then(|path| std::path::absolute(path).ok());
        let called = called.filter(|path| !climbs(path) && is_same(path));
        Some(called.unwrap_or_else(|| own.to_owned()))
    }

    /// Returns the path of `name` in the folder of this program's own file (not of a symlink to
    /// it), whether that exists or not.
    pub(crate) fn beside(&self, name: &str) -> Option<PathBuf> {
        let own = self.executable.as_deref()?;
        let file = own.canonicalize().unwrap_or_else(|_| own.to_owned());
        Some(file.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }

    /// Returns the path in `PATH` that leads to the same file as `program`, or else `program`: see
    /// [`Self::executable`].
    pub(crate) fn lasting_path(&self, program: PathBuf) -> PathBuf {
        let Ok(file) = program.canonicalize() else { return program };
        let is_same = |path: &PathBuf| path.canonicalize().is_ok_and(|other| other == file);
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.programs(&name).find(is_same).unwrap_or(program)
    }

    /// Finds the program `name` in the folders of `PATH`. Relative folders are skipped, so that the
    /// result does not depend on the current directory.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.programs(&name).next()
    }

    fn programs(&self, file_name: &str) -> impl Iterator<Item = PathBuf> {
        let folders = std::env::split_paths(self.var_os("PATH").unwrap_or_default());
        let folders: Vec<PathBuf> = folders.filter(|folder| folder.is_absolute()).collect();
        folders
            .into_iter()
            .map(move |folder| folder.join(file_name))
            .filter(|path| is_program(path))
    }

    /// Finds what a shell would run for `name`, except in relative folders of `PATH`: a path if it
    /// contains a slash, else a program in `PATH`.
    pub(crate) fn look_for_program(&self, name: &OsStr) -> Program {
        let path = Path::new(name);
        let has_folder = path.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
        let folders: Vec<PathBuf> = match self.var_os("PATH") {
            _ if has_folder => vec![PathBuf::new()],
            Some(folders) => std::env::split_paths(folders).collect(),
            // The system has a default list of its own.
            None => return Program::There(path.to_owned()),
        };
        let (here, relative): (Vec<PathBuf>, Vec<PathBuf>) =
            folders.into_iter().partition(|folder| has_folder || folder.is_absolute());
        let names = self.file_names(path);
        let in_folders = |folders: Vec<PathBuf>| {
            let names = &names;
            folders
                .into_iter()
                .flat_map(move |folder| names.iter().map(move |name| folder.join(name)))
        };
        let candidates: Vec<PathBuf> = in_folders(here).collect();
        if let Some(found) = candidates.iter().find(|path| is_program(path)) {
            Program::There(found.clone())
        } else if candidates.iter().any(|path| path.exists()) {
            Program::NotExecutable
        } else if in_folders(relative).any(|path| is_program(&path)) {
            Program::OnlyInRelativeFolder
        } else {
            Program::Missing
        }
    }

    /// Returns the names of files that a shell would run for `program`. On Windows it may have been
    /// named without its extension.
    ///
    /// Rule: `path /?`, `PATHEXT`; scripts of other languages can't be started.
    fn file_names(&self, program: &Path) -> Vec<PathBuf> {
        const STARTED: [&str; 4] = [".COM", ".EXE", ".BAT", ".CMD"];
        let as_named = || program.to_owned();
        if cfg!(not(windows)) {
            return vec![as_named()];
        }
        let usual = STARTED.join(";");
        let extensions = self.var("PATHEXT").unwrap_or(&usual).split(';');
        let extensions = extensions.filter(|extension| {
            STARTED.iter().any(|started| started.eq_ignore_ascii_case(extension))
        });
        let extended = extensions.map(|extension| {
            let mut name = program.as_os_str().to_owned();
            name.push(extension.to_ascii_lowercase());
            PathBuf::from(name)
        });
        program.extension().map(|_| as_named()).into_iter().chain(extended).collect()
    }

    /// Returns this process's `PATH` without its relative folders, for a program that provides
    /// secrets; `None` if it has none. An empty folder is the current directory.
    pub(super) fn path_without_relative_folders(&self) -> Option<OsString> {
        let folders = self.environment.get(OsStr::new("PATH"))?;
        let absolute = |folder: &PathBuf| folder.is_absolute();
        if std::env::split_paths(folders).all(|folder| absolute(&folder)) {
            return None;
        }
        let kept: Vec<PathBuf> = std::env::split_paths(folders).filter(absolute).collect();
        // A shell takes an empty list for the current directory.
        let kept = if kept.is_empty() { vec!["/usr/bin".into(), "/bin".into()] } else { kept };
        std::env::join_paths(kept).ok()
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn context(environment: &[(&str, &str)]) -> Context {
        Context::made_up(environment.iter().copied(), || DateTime::UNIX_EPOCH)
    }

    #[test]
    #[cfg(unix)]
    fn a_program_is_found_in_absolute_folders_only() {
        let path = |folders| context(&[("PATH", folders)]).find_program("sh");
        assert_eq!(path("/nowhere:/bin"), Some("/bin/sh".into()));
        assert_eq!(path("bin:.:../../../../../../../bin:"), None);
        assert_eq!(context(&[]).find_program("sh"), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_of_a_relative_folder_is_told_apart_from_one_that_is_missing() {
        let look = |folders: &str, name: &str| {
            context(&[("PATH", folders)]).look_for_program(name.as_ref())
        };
        let relative = "../../../../../../../../bin";
        assert_eq!(look(&format!("{relative}:/bin"), "sh"), Program::There("/bin/sh".into()));
        assert_eq!(look(relative, "sh"), Program::OnlyInRelativeFolder);
        assert_eq!(look(relative, "no-such-program"), Program::Missing);
        // A name with a folder is not looked up.
        let name = format!("{relative}/sh");
        assert_eq!(look("", &name), Program::There(PathBuf::from(name)));
    }

    #[test]
    #[cfg(unix)]
    fn a_child_gets_no_relative_folder_of_path() {
        let path = |folders| context(&[("PATH", folders)]).path_without_relative_folders();
        assert_eq!(path("/usr/bin:/bin"), None, "as it is");
        assert_eq!(path(":/usr/bin:.:bin:/bin:"), Some("/usr/bin:/bin".into()));
        assert_eq!(path(".:"), Some("/usr/bin:/bin".into()));
        assert_eq!(context(&[]).path_without_relative_folders(), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_programs_own_path_is_one_that_outlives_its_version() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["cellar/1.0", "bin", "other"] {
            std::fs::create_dir_all(path(folder)).unwrap();
        }
        for program in ["cellar/1.0/rolecall", "other/rolecall"] {
            std::fs::File::create(path(program)).unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(path(program), mode).unwrap();
        }
        symlink(path("cellar/1.0/rolecall"), path("bin/rolecall")).unwrap();
        let folders = |names: &[&str]| {
            let paths: Vec<_> = names.iter().map(|name| path(name).display().to_string()).collect();
            paths.join(":")
        };
        let executable = |path_variable: &str, called_as: Option<PathBuf>| {
            let mut context = context(&[("PATH", path_variable)]);
            context.executable = Some(path("cellar/1.0/rolecall"));
            context.called_as = called_as;
            context.executable().unwrap()
        };
        // Another rolecall in front is not this one.
        assert_eq!(executable(&folders(&["other", "bin"]), None), path("bin/rolecall"));
        let called = |name: &str| executable("", Some(path(name)));
        assert_eq!(called("bin/rolecall"), path("bin/rolecall"));
        let own = path("cellar/1.0/rolecall");
        for name in ["other/rolecall", "nowhere/rolecall", "bin/../bin/rolecall"] {
            assert_eq!(called(name), own, "{name}");
        }
        assert_eq!(executable("", Some("rolecall".into())), own);
        assert_eq!(executable("", None), own);
    }
}

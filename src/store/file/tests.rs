use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

use tempfile::TempDir;

use super::*;

const OPTIONS: CallOptions =
    CallOptions { timeout: std::time::Duration::from_secs(1), unlock: false };
const SECRET: &[u8] = b"{\"secret\":\"s\"}";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap()
}

fn later() -> DateTime<Utc> {
    now() + TimeDelta::hours(2)
}

fn key(letter: &str) -> String {
    letter.repeat(64)
}

struct Room {
    root: TempDir,
    store: FileStore,
}

impl Room {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = FileStore::new(Some(root.path().join("cache/rolecall")), now);
        Self { root, store }
    }

    /// The same files an hour later.
    fn an_hour_later(&self) -> FileStore {
        FileStore { now: || now() + TimeDelta::hours(1), ..self.store.clone() }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("cache/rolecall/sessions")
    }

    fn path(&self, letter: &str) -> PathBuf {
        self.folder().join(key(letter))
    }

    fn put(&self, letter: &str, ends: DateTime<Utc>) {
        let item = NewItem { label: "l", secret: SECRET, ends: Some(ends) };
        assert_eq!(self.store.put(&key(letter), &item, OPTIONS), Ok("file"));
    }

    fn get(&self, letter: &str) -> Result<Option<Vec<u8>>, ErrorKind> {
        let got = self.store.get(&key(letter), OPTIONS);
        got.map(|item| item.map(|bytes| bytes.to_vec())).map_err(|error| error.kind)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_item_is_a_private_file_in_a_private_folder() {
    let room = Room::new();
    assert_eq!(room.get("a"), Ok(None));
    assert!(!room.root.path().join("cache").exists(), "reading creates nothing");
    room.put("a", later());
    assert_eq!(room.get("a"), Ok(Some(SECRET.to_vec())));
    assert_eq!(mode(&room.path("a")), 0o600);
    assert_eq!((mode(&room.folder()), mode(room.folder().parent().unwrap())), (0o700, 0o700));
    assert_eq!(room.names(), [key("a")]);
    assert_eq!(room.store.delete(&key("a"), OPTIONS), Ok(()));
    assert_eq!(room.store.delete(&key("a"), OPTIONS), Ok(()));
    assert_eq!(room.get("a"), Ok(None));
}

#[test]
fn expired_items_are_not_found_and_are_deleted_by_the_next_put() {
    let room = Room::new();
    room.put("a", now() + TimeDelta::minutes(1));
    room.put("b", later());
    let store = room.an_hour_later();
    assert_eq!(store.get(&key("a"), OPTIONS), Ok(None));
    assert_eq!(room.names(), [key("a"), key("b")]);
    let item = NewItem { label: "l", secret: SECRET, ends: Some(later()) };
    assert_eq!(store.put(&key("c"), &item, OPTIONS), Ok("file"));
    assert_eq!(room.names(), [key("b"), key("c")], "swept by the next put");
    let ended = NewItem { ends: Some(now()), ..item };
    assert_eq!(store.put(&key("b"), &ended, OPTIONS), Ok("file"));
    assert_eq!(room.names(), [key("c")]);
}

#[test]
fn truncated_files_and_other_versions_are_a_miss_and_are_deleted_when_old() {
    let room = Room::new();
    room.put("a", later());
    let whole = fs::read(room.path("a")).unwrap();
    let of_another_version = [b"rolecall-item 2 9999999999\n".as_slice(), SECRET].concat();
    let with_no_end = [b"rolecall-item 1 soon\n".as_slice(), SECRET].concat();
    for bytes in [b"".as_slice(), &whole[..20], &of_another_version, &with_no_end, &[0xff; 100]] {
        private::replace(&room.path("a"), bytes).unwrap();
        assert_eq!(room.get("a"), Ok(None), "{}", String::from_utf8_lossy(bytes));
    }
    let written = |hours: i64| {
        let time = now() - TimeDelta::hours(hours);
        let file = fs::File::open(room.path("a")).unwrap();
        file.set_modified(time.into()).unwrap();
        room.put("b", later());
    };
    written(35);
    assert_eq!(room.names(), [key("a"), key("b")]);
    written(37);
    assert_eq!(room.names(), [key("b")], "no session lasts that long");
}

#[test]
#[cfg(unix)]
fn only_expired_items_and_temporary_files_that_nobody_uses_are_swept() {
    let room = Room::new();
    let others = [".new-left", ".new-used", "notes"].map(|name| room.folder().join(name));
    let leave = || {
        for other in &others {
            private::replace(other, b"rolecall-item 1 0\n").unwrap();
        }
    };
    room.put("a", now() + TimeDelta::minutes(1));
    leave();
    let used = fs::File::open(&others[1]).unwrap();
    used.lock().unwrap();
    room.put("b", later());
    assert_eq!(room.names(), [".new-used", &key("a"), &key("b"), "notes"]);
    drop(used);
    leave();
    room.store.delete(&key("b"), OPTIONS).unwrap();
    assert_eq!(room.names(), [&*key("a"), "notes"]);
}

#[test]
fn readable_files_are_made_private_and_files_others_can_write_are_refused() {
    let room = Room::new();
    room.put("a", later());
    set_mode(&room.path("a"), 0o644);
    set_mode(&room.folder(), 0o755);
    assert_eq!(room.get("a"), Ok(Some(SECRET.to_vec())));
    assert_eq!((mode(&room.path("a")), mode(&room.folder())), (0o600, 0o700));
    set_mode(&room.path("a"), 0o620);
    assert_eq!(room.get("a"), Err(ErrorKind::Denied));
    room.put("a", later());
    assert_eq!(room.get("a"), Ok(Some(SECRET.to_vec())), "replaced");
    assert_eq!(mode(&room.path("a")), 0o600);
}

#[test]
fn no_symlink_is_followed() {
    let room = Room::new();
    room.put("a", later());
    let elsewhere = room.root.path().join("elsewhere");
    fs::rename(room.path("a"), &elsewhere).unwrap();
    symlink(&elsewhere, room.path("a")).unwrap();
    let error = room.store.get(&key("a"), OPTIONS).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.ends_with("is a symlink"), "{error}");
    room.put("a", later());
    assert!(fs::symlink_metadata(room.path("a")).unwrap().is_file(), "the link is replaced");

    let elsewhere = room.root.path().join("folder");
    fs::rename(room.folder(), &elsewhere).unwrap();
    symlink(&elsewhere, room.folder()).unwrap();
    assert_eq!(room.get("a"), Err(ErrorKind::Denied));
    assert_eq!(room.store.check(OPTIONS).unwrap_err().kind, ErrorKind::Denied);
    let item = NewItem { label: "l", secret: SECRET, ends: Some(later()) };
    assert_eq!(room.store.put(&key("b"), &item, OPTIONS).unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 1);
}

#[test]
fn a_pipe_instead_of_an_item_is_refused_without_waiting() {
    let room = Room::new();
    room.put("a", later());
    fs::remove_file(room.path("a")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, room.path("a"), pipe, mode, 0).unwrap();
    assert_eq!(room.get("a"), Err(ErrorKind::Denied));
    room.put("a", later());
    assert_eq!(room.get("a"), Ok(Some(SECRET.to_vec())));
}

#[test]
fn another_users_folder_is_refused() {
    let room = Room::new();
    // Only root can change the owner; for everyone else, the root directory is another user's.
    let store = if rustix::process::geteuid().is_root() {
        room.put("a", later());
        chown(room.folder(), Some(65534), None).unwrap();
        room.store
    } else {
        FileStore::new(Some("/".into()), now)
    };
    let error = store.get(&key("a"), OPTIONS).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.ends_with("is another user's"), "{error}");
    assert_eq!(store.check(OPTIONS).unwrap_err(), error);
}

#[test]
fn a_folder_that_cannot_be_created_is_unavailable() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    private::replace(&file, b"").unwrap();
    for cache in [Some(file.join("rolecall")), None] {
        let store = FileStore::new(cache, now);
        assert_eq!(store.check(OPTIONS).unwrap_err().kind, ErrorKind::Unavailable);
        assert_eq!(store.get(&key("a"), OPTIONS).unwrap_err().kind, ErrorKind::Unavailable);
    }
}

#[test]
fn a_full_disk_differs_from_denied_access() {
    let error = |kind: io::ErrorKind| store_error(Path::new("/f"), &kind.into());
    assert_eq!(error(io::ErrorKind::StorageFull).kind, ErrorKind::Full);
    assert_eq!(error(io::ErrorKind::QuotaExceeded).kind, ErrorKind::Full);
    assert_eq!(error(io::ErrorKind::PermissionDenied).kind, ErrorKind::Denied);
    assert_eq!(error(io::ErrorKind::ReadOnlyFilesystem).kind, ErrorKind::Unavailable);
    assert_eq!(error(io::ErrorKind::StorageFull).message, "/f can't grow: no storage space");
}

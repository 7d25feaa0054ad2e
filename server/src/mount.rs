//! Static files: directories under paths.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use axum::Router;
use axum::http::{HeaderValue, header};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// A directory whose files are served under a path, written `/path=directory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    path: String,
    directory: PathBuf,
}

impl FromStr for Mount {
    type Err = InvalidMount;

    fn from_str(mount: &str) -> Result<Self, Self::Err> {
        let (path, directory) = mount.split_once('=').ok_or(InvalidMount::NoDirectory)?;
        // Braces are a router's wildcards.
        if !path.starts_with('/') || path.contains(['{', '}', '?', '#']) {
            return Err(InvalidMount::Path(path.to_owned()));
        }
        let directory = PathBuf::from(directory);
        if !directory.is_dir() {
            return Err(InvalidMount::Missing(directory));
        }
        Ok(Self { path: path.trim_end_matches('/').to_owned(), directory })
    }
}

/// Why an argument is not a [`Mount`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMount {
    /// There is no `=`.
    NoDirectory,
    /// The path does not start with a slash, or has characters with a meaning of their own.
    Path(String),
    /// There is no such directory.
    Missing(PathBuf),
}

impl fmt::Display for InvalidMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory => f.write_str("a mount is written /path=directory"),
            Self::Path(path) => write!(f, "the path {path:?} is no plain path: begin it with a slash"),
            Self::Missing(directory) => {
                write!(f, "there is no directory {}: build what belongs there first", directory.display())
            }
        }
    }
}

impl std::error::Error for InvalidMount {}

/// The mounted files. Of several mounts of one path, the last counts.
pub(crate) fn router(mut mounts: Vec<Mount>) -> Router {
    mounts.reverse();
    mounts.sort_by(|a, b| a.path.cmp(&b.path));
    mounts.dedup_by(|a, b| a.path == b.path);
    let router = mounts.into_iter().fold(Router::new(), |router, Mount { path, directory }| {
        let files = ServeDir::new(directory);
        if path.is_empty() { router.fallback_service(files) } else { router.nest_service(&path, files) }
    });
    // A page that was built anew is to be seen at the next reload.
    let no_cache = HeaderValue::from_static("no-cache");
    router.layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_cache))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_a_path_and_a_directory() {
        let mount: Mount = "/src/=src".parse().expect("a valid mount");
        assert_eq!(mount, Mount { path: "/src".into(), directory: "src".into() });
        assert_eq!("src".parse::<Mount>(), Err(InvalidMount::NoDirectory));
        assert_eq!("src=src".parse::<Mount>(), Err(InvalidMount::Path("src".into())));
        assert_eq!("/{a}=src".parse::<Mount>(), Err(InvalidMount::Path("/{a}".into())));
        assert_eq!("/=nowhere".parse::<Mount>(), Err(InvalidMount::Missing("nowhere".into())));
    }

    #[test]
    fn overlapping_mounts_make_a_router() {
        let mounts = ["/a=src", "/a=tests", "/=src", "/a/b=src", "/=tests"];
        let _ = router(mounts.map(|mount| mount.parse().expect("a valid mount")).into());
    }
}

//! HTTPS servers that the API server or Cluster API calls: certificates of our own or from files, connections, limits.

mod body;
mod current;
mod files;
mod https;
mod keeper;
mod material;

pub use body::read;
pub use current::{Current, Error as CertificateError};
pub use files::follow;
pub use https::serve;
pub use keeper::Keeper;
pub use material::{Error as MaterialError, Material};

/// Who vouches for the certificate that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Our own authorities, as PEM.
    Own(String),
    /// Somebody else's, as PEM if they told us.
    Others(Option<String>),
}

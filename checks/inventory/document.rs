//! What one document of a file turned out to be, or why it could not be taken.

use std::fmt;

use super::snapshot;

/// What one document turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// So many objects of kinds that kready reads, and so many of others.
    Objects {
        /// Objects that were taken.
        taken: usize,
        /// Objects of kinds that no check reads.
        others: usize,
    },
    /// A snapshot's header.
    Header,
    /// No Kubernetes object.
    Nothing,
}

/// Why a document could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadDocument {
    /// A snapshot of a schema that this program does not know.
    NewerSchema(u32),
    /// A snapshot's header that could not be understood.
    BadHeader(String),
    /// A header after the first document.
    SecondHeader,
    /// A line of a snapshot that is no JSON.
    BadLine(String),
    /// A snapshot with fewer or more objects of a resource than its header says: found, and said.
    Incomplete {
        /// `pods`, `deployments.apps`.
        resource: String,
        /// How many there are.
        found: usize,
        /// How many the header says there are.
        said: usize,
    },
}

impl fmt::Display for BadDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewerSchema(schema) => write!(
                f,
                "the snapshot has schema {schema}, and this version of kready reads schemas up to {}",
                snapshot::SCHEMA
            ),
            Self::BadHeader(error) => write!(f, "the snapshot's header is not valid: {error}"),
            Self::SecondHeader => f.write_str("there is a second snapshot among the files"),
            Self::BadLine(error) => write!(f, "not valid JSON: {error}"),
            Self::Incomplete {
                resource,
                found,
                said,
            } => write!(
                f,
                "the snapshot is incomplete: it contains {found} {resource}, but its header says {said}"
            ),
        }
    }
}

//! What each role may do. The hub refuses the same; here it is said before work is done in vain.

use assay_model::Role;
use assay_store::Store;

use crate::error::{ApiError, ErrorCode, Result};

/// Owners and leads, who alone write what is shared. `what` completes “Only owners and leads …”.
pub(crate) fn lead(store: &Store, what: &str) -> Result<()> {
    match store.me().role {
        Role::Owner | Role::Lead => Ok(()),
        Role::Annotator | Role::Observer => Err(refused(format!("Only owners and leads {what}."))),
    }
}

/// Those who see all of a project: everybody but annotators, who are blind to it. `what` completes “Only
/// owners, leads and observers …”.
pub(crate) fn oversee(store: &Store, what: &str) -> Result<()> {
    match store.me().role {
        Role::Owner | Role::Lead | Role::Observer => Ok(()),
        Role::Annotator => Err(refused(format!("Only owners, leads and observers {what}."))),
    }
}

/// Everybody but observers, who label nothing.
pub(crate) fn grade(store: &Store) -> Result<()> {
    match store.me().role {
        Role::Owner | Role::Lead | Role::Annotator => Ok(()),
        Role::Observer => Err(refused("Observers grade nothing.".to_owned())),
    }
}

/// Everybody but observers, who see what a team comes to. Whether an annotator may indeed, the hub decides by the
/// project's policy.
pub(crate) fn ask_for_others(store: &Store) -> Result<()> {
    match store.me().role {
        Role::Owner | Role::Lead | Role::Annotator => Ok(()),
        Role::Observer => Err(refused("Observers do not ask what others did on a sample.".to_owned())),
    }
}

fn refused(message: String) -> ApiError {
    ApiError::new(ErrorCode::NotAllowed, message, "ask a lead of the project for another role")
}

//! The application's core.

uniffi::setup_scaffolding!();

/// How many blocks a note has.
#[uniffi::export]
pub fn block_count(note: String) -> u32 {
    hypernote_mdx::blocks(&note).len() as u32
}

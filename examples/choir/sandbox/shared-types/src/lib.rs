//! What sandbox, desktop and hypervisor say to each other.

use serde::{Deserialize, Serialize};

/// A desktop, as its sandbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desktop {
    pub owner: String,
    /// The topmost last.
    pub windows: Vec<Window>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub title: String,
    pub app: String,
}

impl Desktop {
    /// The one that everybody starts with.
    pub fn first(owner: &str) -> Self {
        let window = |title: &str, app: &str| Window {
            title: title.to_string(),
            app: app.to_string(),
        };
        Self {
            owner: owner.to_string(),
            windows: vec![window("Files", "files"), window("Terminal", "terminal")],
        }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a desktop is JSON")
    }

    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_survives_the_way_through_json() {
        let desktop = Desktop::first("ada");
        assert_eq!(Desktop::from_json(&desktop.to_json()).unwrap(), desktop);
    }
}

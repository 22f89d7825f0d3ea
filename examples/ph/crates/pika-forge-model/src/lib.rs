//! What the forge says about a run.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct Run {
    pub number: u64,
    /// Full commit.
    pub head: String,
    pub lanes: Vec<Lane>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Lane {
    pub name: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Success,
    Failed,
}

impl Run {
    pub fn failed(&self) -> impl Iterator<Item = &Lane> {
        self.lanes
            .iter()
            .filter(|lane| lane.outcome == Outcome::Failed)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<_> = self.failed().map(|lane| lane.name.as_str()).collect();
        write!(
            out,
            "run {} of {}: ",
            self.number,
            self.head.get(..8).unwrap_or(&self.head)
        )?;
        match failed.as_slice() {
            [] => write!(out, "{} passed", self.lanes.len()),
            _ => write!(
                out,
                "{} passed, {} failed: {}",
                self.lanes.len() - failed.len(),
                failed.len(),
                failed.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_lanes_that_failed() {
        let run: Run = serde_json::from_str(
            r#"{"number": 169, "head": "6ed2ddfa4366", "lanes": [{"name": "rust", "outcome": "success"}, {"name": "apple", "outcome": "failed"}]}"#,
        )
        .unwrap();
        assert_eq!(
            run.to_string(),
            "run 169 of 6ed2ddfa: 1 passed, 1 failed: apple"
        );
    }
}

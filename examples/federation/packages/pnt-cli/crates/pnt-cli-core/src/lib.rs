//! Counts words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often each word occurs in a text, words compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub total: usize,
    pub words: BTreeMap<String, usize>,
}

/// Counts the words of a text; anything that is not alphanumeric separates words.
pub fn count(text: &str) -> Counts {
    let mut words = BTreeMap::new();
    let mut total = 0;
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
        total += 1;
    }
    Counts { total, words }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn words_are_counted_without_regard_to_case() {
        let counts = count("The ring binds the parts.");
        assert_eq!(counts.total, 5);
        assert_eq!(counts.words["the"], 2);
    }
}

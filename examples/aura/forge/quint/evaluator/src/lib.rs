//! Evaluates expressions of a specification: integers, names, `+`, `-`, `*` and parentheses.

use indexmap::IndexMap;

/// Values of names, in the order in which they were given.
pub type State = IndexMap<String, i64>;

/// The value of an expression in a state.
pub fn evaluate(expression: &str, state: &State) -> Result<i64, String> {
    let mut reader = Reader { rest: expression.trim_start(), state };
    let value = reader.sum()?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(format!("`{}` was not expected", reader.rest))
    }
}

struct Reader<'a> {
    rest: &'a str,
    state: &'a State,
}

impl Reader<'_> {
    fn sum(&mut self) -> Result<i64, String> {
        let mut value = self.product()?;
        loop {
            if self.takes('+') {
                value = value.checked_add(self.product()?).ok_or("too large")?;
            } else if self.takes('-') {
                value = value.checked_sub(self.product()?).ok_or("too large")?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<i64, String> {
        let mut value = self.operand()?;
        while self.takes('*') {
            value = value.checked_mul(self.operand()?).ok_or("too large")?;
        }
        Ok(value)
    }

    fn operand(&mut self) -> Result<i64, String> {
        if self.takes('(') {
            let value = self.sum()?;
            return if self.takes(')') { Ok(value) } else { Err("`)` is missing".to_string()) };
        }
        let length = self.rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest.trim_start();
        match word.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.state.get(word).copied().ok_or_else(|| format!("`{word}` has no value")),
        }
    }

    fn takes(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}

//! What devices say to each other: signed requests, a line of JSON each.

use aura_core::Identifier;
use aura_crypto::DeviceKey;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Who is there?
    Identify,
    /// The value of an expression, with values for its names.
    Evaluate {
        expression: String,
        state: Vec<(String, i64)>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Device(Identifier),
    Value(i64),
    Refused(String),
}

/// A request, and who asks.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope {
    pub request: Request,
    pub public: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Envelope {
    pub fn sign(request: Request, key: &DeviceKey) -> serde_json::Result<Self> {
        let signature = key.sign(&serde_json::to_vec(&request)?);
        Ok(Self {
            request,
            public: key.public(),
            signature,
        })
    }

    fn is_signed(&self) -> bool {
        serde_json::to_vec(&self.request)
            .is_ok_and(|message| aura_crypto::verify(&self.public, &message, &self.signature))
    }
}

/// What `device` answers.
pub fn answer(device: Identifier, envelope: &Envelope) -> Answer {
    if !envelope.is_signed() {
        return Answer::Refused("the signature does not hold".to_string());
    }
    match &envelope.request {
        Request::Identify => Answer::Device(device),
        Request::Evaluate { expression, state } => {
            match quint_evaluator::evaluate(expression, &state.iter().cloned().collect()) {
                Ok(value) => Answer::Value(value),
                Err(reason) => Answer::Refused(reason),
            }
        }
    }
}

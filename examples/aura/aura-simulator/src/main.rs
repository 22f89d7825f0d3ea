//! Many conversations at once, every seventh of them with a forged signature.

use aura_core::Identifier;
use aura_crypto::DeviceKey;
use aura_protocol::{answer, Answer, Envelope, Request};
use rayon::prelude::*;

fn main() {
    let count: u64 = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(700);
    let device = Identifier::derive("device", b"simulated");
    let (answered, refused) = (0..count)
        .into_par_iter()
        .map(|round| match answer(device, &request(round)) {
            Answer::Refused(_) => (0, 1),
            _ => (1, 0),
        })
        .reduce(
            || (0, 0),
            |left, right| (left.0 + right.0, left.1 + right.1),
        );
    println!("{answered} answered, {refused} refused");
}

fn request(round: u64) -> Envelope {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&round.to_le_bytes());
    let request = Request::Evaluate {
        expression: format!("{round} * {round} + 1"),
        state: Vec::new(),
    };
    let mut envelope =
        Envelope::sign(request, &DeviceKey::from_seed(&seed)).expect("a request is JSON");
    if round % 7 == 0 {
        envelope.signature[0] ^= 1;
    }
    envelope
}

use aura_core::Identifier;
use aura_crypto::DeviceKey;
use aura_protocol::{answer, Answer, Envelope, Request};

fn device() -> Identifier {
    Identifier::derive("device", b"laptop")
}

fn evaluate(expression: &str) -> Envelope {
    let state = vec![("round".to_string(), 4)];
    Envelope::sign(
        Request::Evaluate {
            expression: expression.to_string(),
            state,
        },
        &DeviceKey::from_seed(&[1; 32]),
    )
    .unwrap()
}

#[test]
fn a_signed_request_is_answered() {
    assert_eq!(
        answer(device(), &evaluate("2 * (round + 1)")),
        Answer::Value(10)
    );
}

#[test]
fn a_changed_request_is_refused() {
    let mut envelope = evaluate("round");
    envelope.request = Request::Identify;
    assert_eq!(
        answer(device(), &envelope),
        Answer::Refused("the signature does not hold".to_string())
    );
}

#[test]
fn an_expression_without_a_value_is_refused() {
    assert_eq!(
        answer(device(), &evaluate("epoch")),
        Answer::Refused("`epoch` has no value".to_string())
    );
}

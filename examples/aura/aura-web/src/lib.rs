//! Identifiers in a browser: no bindings, only numbers across the border.

use aura_core::Identifier;

/// The first eight bytes of the identifier of the device with this number.
#[no_mangle]
pub extern "C" fn device_identifier(number: u32) -> u64 {
    let identifier = Identifier::derive("device", &number.to_le_bytes());
    identifier.bytes()[..8]
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

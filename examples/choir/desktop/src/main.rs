//! A desktop as a page: reads what a sandbox answers on stdin, or shows the first desktop of `OWNER`.

use std::error::Error;
use std::io::{read_to_string, stdin};

use minijinja::Environment;
use shared_types::Desktop;

fn main() -> Result<(), Box<dyn Error>> {
    let desktop = match std::env::args().nth(1) {
        Some(owner) => Desktop::first(&owner),
        None => Desktop::from_json(&read_to_string(stdin())?)?,
    };
    println!(
        "{}",
        Environment::new().render_str(include_str!("../templates/desktop.html"), &desktop)?
    );
    Ok(())
}

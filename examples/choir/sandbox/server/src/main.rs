//! Keeps one user's desktop: `sandbox OWNER ADDRESS`.

use std::env;
use std::error::Error;

use shared_types::Desktop;
use tiny_http::{Response, Server};

/// They stand beside the crate, not in it.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/0001_desktops.sql"),
    include_str!("../../migrations/0002_themes.sql"),
];

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let [owner, address]: [String; 2] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: sandbox OWNER ADDRESS")?;
    let desktop = Desktop::first(&owner);
    let server = Server::http(address)?;
    println!("{} at {}", owner, server.server_addr());
    for request in server.incoming_requests() {
        let (status, text) = match request.url() {
            "/desktop" => (200, desktop.to_json()),
            "/health" => (200, format!("schema {}", MIGRATIONS.len())),
            _ => (404, "there is no such page".to_string()),
        };
        request.respond(Response::from_string(text).with_status_code(status))?;
    }
    Ok(())
}

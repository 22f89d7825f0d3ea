//! Sends each user to their own sandbox: `hypervisor ADDRESS OWNER=SANDBOX…` answers `/OWNER` with the titles of their windows.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;

use shared_types::Desktop;
use tiny_http::{Response, Server};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut words = env::args().skip(1);
    let address = words
        .next()
        .ok_or("usage: hypervisor ADDRESS OWNER=SANDBOX…")?;
    let sandboxes: BTreeMap<String, String> = words
        .map(|word| {
            word.split_once('=')
                .map(|(owner, sandbox)| (owner.to_string(), sandbox.to_string()))
        })
        .collect::<Option<_>>()
        .ok_or("a sandbox is OWNER=ADDRESS")?;
    let server = Server::http(address)?;
    println!("{} sandboxes at {}", sandboxes.len(), server.server_addr());
    for request in server.incoming_requests() {
        let (status, text) = match sandboxes.get(request.url().trim_start_matches('/')) {
            None => (404, "nobody of that name".to_string()),
            Some(sandbox) => match titles(sandbox) {
                Ok(titles) => (200, titles),
                Err(error) => (502, error.to_string()),
            },
        };
        request.respond(Response::from_string(text).with_status_code(status))?;
    }
    Ok(())
}

fn titles(sandbox: &str) -> Result<String, Box<dyn Error>> {
    let text = ureq::get(format!("http://{sandbox}/desktop"))
        .call()?
        .body_mut()
        .read_to_string()?;
    let windows = Desktop::from_json(&text)?.windows;
    Ok(windows
        .iter()
        .map(|window| window.title.as_str())
        .collect::<Vec<_>>()
        .join(", "))
}

//! The daemon of a device: answers requests on a socket until it is ended.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use aura_core::Identifier;

fn main() -> Result<(), Box<dyn Error>> {
    let [name, socket]: [String; 2] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: aura-agent NAME SOCKET")?;
    let device = Identifier::derive("device", name.as_bytes());
    let listener = UnixListener::bind(&socket)?;
    println!("{device} listens at {socket}");
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || {
            if let Err(error) = serve(device, stream) {
                eprintln!("error: {error}");
            }
        });
    }
    Ok(())
}

fn serve(device: Identifier, mut stream: UnixStream) -> Result<(), Box<dyn Error>> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        let answer = aura_protocol::answer(device, &serde_json::from_str(&line?)?);
        writeln!(stream, "{}", serde_json::to_string(&answer)?)?;
    }
    Ok(())
}

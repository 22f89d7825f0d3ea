//! `aura`: asks devices.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use aura_core::Identifier;
use aura_crypto::DeviceKey;
use aura_protocol::{Answer, Envelope, Request};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The identifier of a device's name
    Id { name: String },
    /// Which OpenSSL this was linked with
    Openssl,
    /// Ask the agent behind a socket for its identifier, or for the value of an expression
    Ask {
        socket: PathBuf,
        expression: Option<String>,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Arguments::parse().command {
        Command::Id { name } => println!("{}", Identifier::derive("device", name.as_bytes())),
        Command::Openssl => println!("{}", aura_crypto::openssl_version()),
        Command::Ask { socket, expression } => {
            let request = match expression {
                None => Request::Identify,
                Some(expression) => Request::Evaluate {
                    expression,
                    state: Vec::new(),
                },
            };
            match ask(&socket, request)? {
                Answer::Device(identifier) => println!("{identifier}"),
                Answer::Value(value) => println!("{value}"),
                Answer::Refused(reason) => return Err(reason.into()),
            }
        }
    }
    Ok(())
}

fn ask(socket: &PathBuf, request: Request) -> Result<Answer, Box<dyn Error>> {
    let envelope = Envelope::sign(request, &DeviceKey::from_seed(&[42; 32]))?;
    let mut stream = UnixStream::connect(socket)?;
    writeln!(stream, "{}", serde_json::to_string(&envelope)?)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

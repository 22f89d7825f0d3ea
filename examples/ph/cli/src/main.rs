//! `ph`: the forge from the command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use hypernote_mdx::Block;
use mdk_core::Group;
use mdk_storage_traits::MemoryStorage;
use pika_forge_model::Run;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The outline of a note
    Note { file: PathBuf },
    /// The id of a group, and its epoch
    Group { name: String, members: Vec<String> },
    /// How a run of the forge went, lane by lane
    Run { file: PathBuf },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Note { file } => note(&read(&file)?),
        Command::Group { name, members } => group(&name, &members),
        Command::Run { file } => {
            let run: Run = serde_json::from_str(&read(&file)?)
                .with_context(|| format!("{} is not a run", file.display()))?;
            println!("{run}");
        }
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn note(source: &str) {
    for block in hypernote_mdx::blocks(source) {
        match block {
            Block::Heading { level, text } => println!("{}{text}", "  ".repeat(level - 1)),
            Block::Component { name } => println!("<{name}>"),
            Block::Paragraph { words } => println!("({words} words)"),
        }
    }
}

fn group(name: &str, members: &[String]) {
    let mut group = Group::new(name, MemoryStorage::default());
    let epoch = members
        .iter()
        .map(|member| group.add(member))
        .last()
        .unwrap_or(0);
    println!("{} in epoch {epoch}", group.id());
}

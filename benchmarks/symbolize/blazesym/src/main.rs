//! Looks addresses of a binary up with blazesym, and prints the frames of each, innermost first.
//!
//! peer BINARY PCS ROUNDS: PCS holds an address in hex a line. Out: `PC\tFUNCTION\tFILE\tLINE...` for each; on stderr
//! seconds: until the first address is known, for all of them by a symbolizer that knew that one alone, and for all of
//! them again (the mean of ROUNDS times).

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use blazesym::symbolize::source::{Elf, Source};
use blazesym::symbolize::{CodeInfo, Input, Symbolized, Symbolizer};

fn frame(out: &mut String, name: &str, place: Option<&CodeInfo>) {
    let file = place.map(|place| place.to_path().display().to_string());
    let line = place.and_then(|place| place.line).unwrap_or(0);
    write!(out, "\t{name}\t{}\t{line}", file.unwrap_or_default()).unwrap();
}

fn main() {
    let words: Vec<String> = env::args().collect();
    let text = fs::read_to_string(&words[2]).unwrap();
    let hex = |line: &str| u64::from_str_radix(line.trim_start_matches("0x"), 16).unwrap();
    let pcs: Vec<u64> = text.lines().map(hex).collect();
    let rounds: u32 = words[3].parse().unwrap();

    let began = Instant::now();
    let source = Source::Elf(Elf::new(&words[1]));
    let symbolizer = Symbolizer::new();
    let all = |pcs: &[u64]| {
        symbolizer
            .symbolize(&source, Input::VirtOffset(pcs))
            .unwrap()
            .len()
    };
    all(&pcs[..1]);
    let first = began.elapsed();
    let began = Instant::now();
    let found = symbolizer
        .symbolize(&source, Input::VirtOffset(&pcs))
        .unwrap();
    let cold = began.elapsed();
    let began = Instant::now();
    for _ in 0..rounds {
        assert_eq!(all(&pcs), pcs.len());
    }
    let again = began.elapsed() / rounds.max(1);

    let mut out = String::new();
    for (pc, one) in pcs.iter().zip(&found) {
        write!(out, "{pc:#x}").unwrap();
        if let Symbolized::Sym(sym) = one {
            for inlined in sym.inlined.iter().rev() {
                frame(&mut out, &inlined.name, inlined.code_info.as_ref());
            }
            frame(&mut out, &sym.name, sym.code_info.as_deref());
        }
        out.push('\n');
    }
    print!("{out}");
    eprintln!(
        "{} {} {}",
        first.as_secs_f64(),
        cold.as_secs_f64(),
        again.as_secs_f64()
    );
}

use prosody_stability::configuration::Dialect;
use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::source::Source;

#[test]
fn print() {
    let Some(path) = std::env::var_os("PRINT") else {
        return;
    };
    for dialect in [Dialect::V0_12, Dialect::V13] {
        let source = Source::read(std::path::Path::new(&path)).unwrap();
        match read(&source, &ReadOptions::new(dialect)) {
            Ok(c) => {
                for (n, h) in &c.hosts {
                    println!("{n} {:?} {:?}", h.kind, h.place);
                    for (o, s) in &h.options {
                        println!("   {o} = {:?} {} {:?}", s.value, s.place, s.items.len());
                    }
                }
                for f in &c.findings {
                    println!(
                        "{} {:?} {:?} {}",
                        f.code,
                        f.place.as_ref().map(|p| p.to_string()),
                        f.subject,
                        f.sentence()
                    );
                }
            }
            Err(e) => println!("{e}"),
        }
    }
}

//! The command `prosody-stability`: see `src/cli/`.

fn main() -> std::process::ExitCode {
    prosody_stability::cli::main()
}

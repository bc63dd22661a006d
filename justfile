# Short names for the commands of CONTRIBUTING.md. `just` alone lists them.

default:
    @just --list

# What to run before every commit: format, lints, tests
check:
    cargo fmt --check
    cargo clippy --all-targets --all-features -- -D warnings
    cargo test --all-features

# All tests, or those whose name holds a word: just test redact
test *filter:
    cargo test --all-features {{filter}}

# Signature files: schema, ids, every example and counterexample; then the pages made from them
signatures:
    cargo run --quiet -- signatures check
    cargo run --quiet -- signatures test
    BLESS=1 cargo test --quiet --test integration knowledge::reference

# Write golden files anew; read the difference before committing it
bless:
    BLESS=1 cargo test --all-features
    git diff --stat -- tests fixtures docs

# Benchmarks
bench *filter:
    cargo bench {{filter}}

# Everything the build server runs
ci:
    .ci/run

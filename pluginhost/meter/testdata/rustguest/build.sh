#!/bin/sh
# Builds guest.wasm from guest.rs. Needs rustc with the target wasm32-wasip1.
set -eu
cd "$(dirname "$0")"
rustc --edition 2021 --crate-type cdylib --target wasm32-wasip1 -C opt-level=3 -C panic=abort -C strip=symbols \
	-C lto=fat -C codegen-units=1 -C link-arg=--initial-memory=2097152 -o guest.wasm guest.rs

// A guest of the differential test: a tokenizer of JSON-like text, sorting, hashing, allocation, recursion and bulk memory
// operations, as a compiler of the LLVM family makes them. build.sh builds it.
use std::collections::HashMap;

#[link(wasm_import_module = "beep_v1")]
extern "C" {
    fn input_read(ptr: *mut u8, off: u32, len: u32) -> i32;
    fn output_write(ptr: *const u8, len: u32) -> i32;
}

#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Token {
    Open(u8),
    Close(u8),
    Text(String),
    Number(f64),
    Mark(u8),
}

fn tokens(input: &[u8]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < input.len() {
        let c = input[i];
        let start = i;
        i += 1;
        match c {
            b'{' | b'[' | b'(' => out.push(Token::Open(c)),
            b'}' | b']' | b')' => out.push(Token::Close(c)),
            b'0'..=b'9' | b'-' => {
                while i < input.len() && matches!(input[i], b'0'..=b'9' | b'.' | b'e') {
                    i += 1;
                }
                let text = String::from_utf8_lossy(&input[start..i]);
                out.push(text.parse().map(Token::Number).unwrap_or(Token::Mark(c)));
            }
            b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xff => {
                while i < input.len() && (input[i].is_ascii_alphanumeric() || input[i] >= 0x80) {
                    i += 1;
                }
                out.push(Token::Text(String::from_utf8_lossy(&input[start..i]).into_owned()));
            }
            _ => out.push(Token::Mark(c)),
        }
    }
    out
}

// depth follows the brackets by recursion.
fn depth(t: &[Token], at: &mut usize, level: u32) -> u32 {
    let mut deepest = level;
    while *at < t.len() {
        let token = &t[*at];
        *at += 1;
        match token {
            Token::Open(_) if level < 500 => deepest = deepest.max(depth(t, at, level + 1)),
            Token::Close(_) => return deepest,
            _ => {}
        }
    }
    deepest
}

fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf29ce484222325, |h, b| (h ^ *b as u64).wrapping_mul(0x100000001b3))
}

static ORDERS: [fn(&Token, &Token) -> std::cmp::Ordering; 2] = [
    |a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal),
    |a, b| format!("{a:?}").len().cmp(&format!("{b:?}").len()),
];

#[no_mangle]
pub extern "C" fn beep_handle(hook: i32, len: i32) -> i32 {
    let mut input = vec![0u8; len as usize];
    unsafe { input_read(input.as_mut_ptr(), 0, len as u32) };
    let found = tokens(&input);
    let deepest = depth(&found, &mut 0, 0);
    let mut counts: HashMap<String, u32> = HashMap::new();
    for t in &found {
        *counts.entry(format!("{t:?}")).or_default() += 1;
    }
    let mut sorted = found.clone();
    sorted.sort_by(ORDERS[(hook & 1) as usize]);
    let mut keys: Vec<_> = counts.iter().collect();
    keys.sort();
    let sum: f64 = found.iter().map(|t| if let Token::Number(n) = t { n.sqrt().abs() / 3.0 } else { 0.5 }).sum();
    let copy = [input.as_slice(), input.as_slice()].concat();
    let out = format!("{deepest} {sum:?} {} {:x} {sorted:?} {keys:?}", found.len(), hash(&copy));
    unsafe { output_write(out.as_ptr(), out.len() as u32) };
    if found.is_empty() { 1 } else { 0 }
}

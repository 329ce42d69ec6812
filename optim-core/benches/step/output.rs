//! What benches write, and on which machine and day they did.

use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

/// Writes a value to `bench/<name>` in the target folder.
pub(crate) fn write(name: &str, value: &Value) -> std::io::Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let folder = target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target")).join("bench");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path)?;
    writeln!(file, "{value:#}")?;
    println!("\nwritten to {}", path.display());
    Ok(())
}

/// What the processor calls itself.
pub(crate) fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(':').nth(1));
    name.map_or_else(|| "a processor without a name".into(), |name| name.trim().into())
}

/// Today, as `2026-01-31`, in UTC.
pub(crate) fn date() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut day = now.map_or(0, |since| since.as_secs() / 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    format!("{year}-{:02}-{:02}", month + 1, day + 1)
}

//! The example that is watched: what it leaves behind agrees with what it prints.

use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn a_run_leaves_a_table_lines_and_event_files() {
    let folder = std::env::temp_dir().join(format!("optim-monitor-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_monitor")).arg(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = fs::read_to_string(folder.join("run.csv")).unwrap();
    let lines = fs::read_to_string(folder.join("run.jsonl")).unwrap();
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    // Not with `serde_json`, whose numbers are not exact.
    let after =
        |line: &str| Some(line.split_once("\"loss/test\",\"value\":")?.1.trim_end_matches('}').parse().unwrap());
    let losses: Vec<f64> = lines.lines().filter_map(after).collect();
    // Header, the rule, and a row for each epoch, with the same numbers.
    assert_eq!(table.lines().count(), 2 + losses.len());
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let column = header.iter().position(|name| *name == "loss/test").unwrap();
    for (row, loss) in table.lines().skip(2).zip(&losses) {
        assert_eq!(row.split(',').nth(column).unwrap().parse::<f64>().unwrap(), *loss);
    }
    // It stops five epochs after the best one, and none of these is better by more than 0.001.
    let stopped = lines.contains("\"stopped\"");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(stopped == (losses.len() < 60), "{} epochs", losses.len());
    if stopped {
        let [.., b, _, _, _, _, _] = losses[..] else { panic!("{losses:?}") };
        assert!(b <= best + 1e-3, "{losses:?}");
    }
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("label") && stdout.contains("precision") && stdout.contains("(all)"), "{stdout}");
    let events = fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("events.out.tfevents."));
    assert_eq!(events.count(), 1);
    fs::remove_dir_all(folder).unwrap();
}

//! Which job folder an incident has, and that naming a folder neither splits nor renames an incident.

use super::{
    disabled, execution_log, folder_row, incident, job_row, page, report, robot_row, scan,
};
use crate::support::Env;

fn two_jobs(env: &Env) {
    let rows =
        [robot_row(0.0, 1, &disabled("Get mail")), robot_row(3600.0, 2, &disabled("Get mail"))];
    env.write("in/robots/a.log", execution_log(&rows));
}

#[test]
fn a_further_export_names_an_incident_and_keeps_its_id() {
    let env = Env::new();
    two_jobs(&env);
    let alone = report(&env, &[]);
    // The export of one of the two jobs says its folder by key as well.
    let mut row = job_row(1, -9.0, 1.0, "");
    row["FolderKey"] = super::folder(1).into();
    env.write("in/orch/jobs.json", page("Jobs", "o/t", &[row]));
    env.write("in/orch/folders.json", page("Folders", "o/t", &[folder_row(100, 1, "Home")]));
    let both = report(&env, &[]);
    let expected = [incident("conn-disabled", None, "unattributed", (2, 2), &["Home"])];
    assert_eq!(super::found(&both), expected);
    assert_eq!(alone["incidents"][0]["id"], both["incidents"][0]["id"]);
}

#[test]
fn what_is_proven_for_some_jobs_of_a_file_holds_for_its_rows() {
    let env = Env::new();
    two_jobs(&env);
    env.write("in/orch/folders.json", page("Folders", "o/prod", &[folder_row(100, 1, "Home")]));
    env.write("in/orch/jobs.json", page("Jobs", "o/prod", &[job_row(1, -9.0, 1.0, "")]));
    env.write("in/other/folders.json", page("Folders", "o/test", &[folder_row(100, 2, "Wrong")]));
    env.write("in/other/jobs.json", page("Jobs", "o/test", &[job_row(8, -9.0, 1.0, "")]));
    assert_eq!(scan(&env), [incident("conn-disabled", None, "unattributed", (2, 2), &["Home"])]);
    // A job of the other tenant in the same file proves nothing for the file.
    env.write("in/other/jobs.json", page("Jobs", "o/test", &[job_row(2, 3590.0, 3601.0, "")]));
    let expected = [
        incident("conn-disabled", None, "unattributed", (1, 1), &["Home"]),
        incident("conn-disabled", None, "unattributed", (1, 1), &["Wrong"]),
    ];
    assert_eq!(scan(&env), expected);
}

#[test]
fn names_hold_where_the_user_says_so() {
    for names in ["in/orch-a/folders.json", "in/orch-a"] {
        let env = Env::new();
        two_jobs(&env);
        let folders = page("Folders", "o/prod", &[folder_row(100, 1, "Home")]);
        env.write("in/orch-a/folders.json", folders);
        env.write("in/orch-a/jobs.json", page("Jobs", "o/prod", &[job_row(8, 0.0, 1.0, "")]));
        env.write("in/orch-b/jobs.json", page("Jobs", "o/test", &[job_row(9, 0.0, 1.0, "")]));
        let unnamed = [incident("conn-disabled", None, "unattributed", (2, 2), &["100"])];
        let named = [incident("conn-disabled", None, "unattributed", (2, 2), &["Home"])];
        assert_eq!(super::found(&report(&env, &["--state", "s.db"])), unnamed);
        // A stored digest does not outlive the change of what its file is read for.
        let with_names = ["--state", "s.db", "--names", names];
        assert_eq!(super::found(&report(&env, &with_names)), named, "{names}");
        assert_eq!(super::found(&report(&env, &["--state", "s.db"])), unnamed);
    }
}

use super::*;

#[path = "../../../src/fuzzing/seeds.rs"]
mod seeds;

#[test]
fn a_team_file_may_say_anything() {
    seeds::try_seeds("team", team);
}

//! Letters to people who were invited, from a service that runs.

use std::{fs, path::Path, time::Duration};

use api::{front::Front, mail::Mail};
use serde_json::json;

use crate::service::{ADMIN, Service, listening};

fn letters(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.into_iter().map(|path| fs::read_to_string(path).expect("a letter")).collect()
}

async fn wait_for(folder: &Path, many: usize) -> Vec<String> {
    for _ in 0..1_000 {
        let there = letters(folder);
        // Each is written to its end.
        if there.len() >= many && there.iter().all(|letter| letter.ends_with("or decline.\r\n")) {
            return there;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", letters(folder))
}

#[tokio::test]
async fn whoever_is_invited_gets_a_letter_that_accepts_nothing() {
    let service = Service::start(10).await;
    let folder = tempfile::tempdir().expect("a folder");
    // Before anybody serves: the first one who does sends them.
    service.paste("first@else.example\nat-once@school.example\ngone@else.example").await;
    let gone = json!({"email": "gone@else.example"});
    service.post("/api/v1/licenses/{L}/users/withdraw", Some(ADMIN), gone).await;

    let mut front = Front::local(Mail::folder(folder.path().to_owned()));
    front.contact = Some("mailto:help@provider.example".to_owned());
    let state = service.state.clone().with_front(front);
    let address = listening(state).await;

    let first = wait_for(folder.path(), 1).await;
    assert!(first[0].contains("To: first@else.example"), "{first:?}");
    assert!(
        first[0].contains("\r\nRiverside\r\n") && first[0].contains(&format!("http://{address}/sign-in\r\n"))
    );
    let says = [
        &format!("\r\n{ADMIN}\r\ninvites you to join this license on Seatbook:"),
        "Ask here: help@provider.example\r\n",
    ];
    assert!(says.iter().all(|part| first[0].contains(*part)), "who invites, and whom to ask: {first:?}");
    let pasted = service.paste("second@else.example").await;
    let both = wait_for(folder.path(), 2).await;
    assert!(both[1].contains("To: second@else.example"), "{both:?}");
    assert_eq!(both.len(), 2, "nobody else was invited, or is still: {both:?}");
    // Letters are fed from the log, the list from a read model: that one was sent says nothing of the other.
    let path = format!("/api/v1/licenses/{{L}}/users?status=invited&min_position={}", pasted.position());
    let list = service.get(&path, None).await;
    assert_eq!(list.people().len(), 2, "{}", list.body);
}

#[tokio::test]
async fn whoever_is_invited_again_and_again_gets_few_letters_and_no_address_by_the_name_of_a_license() {
    let service = Service::start(10).await;
    let folder = tempfile::tempdir().expect("a folder");
    let name = json!({ "name": "Prizes: evil.example/win" });
    service.put("/api/v1/licenses/{L}/name", Some(ADMIN), name).await;
    let state = service.state.clone().with_front(Front::local(Mail::folder(folder.path().to_owned())));
    listening(state).await;
    for n in 1..=5 {
        service.paste("first@else.example").await;
        if n <= 3 {
            wait_for(folder.path(), n).await;
        }
        let gone = json!({"email": "first@else.example"});
        service.post("/api/v1/licenses/{L}/users/withdraw", Some(ADMIN), gone).await;
    }
    service.paste("first@else.example\nlast@else.example").await;
    let all = wait_for(folder.path(), 4).await;
    assert!(all[3].contains("To: last@else.example"), "{all:?}");
    assert_eq!(all.len(), 4, "three for the one, and one for the other: {all:?}");
    assert!(all.iter().all(|letter| !letter.contains("evil.example")), "{all:?}");
}

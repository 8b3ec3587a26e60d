//! What an upload says it is, beside what it is.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use serde_json::json;
use tokio::time::sleep;

use crate::service::{ADMIN, Answer, Service};

const IMPORTS: &str = "/api/v1/licenses/{L}/imports";

async fn upload(service: &Service, kind: &str, body: impl Into<Body>) -> Answer {
    let request = service.request(Method::POST, IMPORTS, Some(ADMIN)).header(header::CONTENT_TYPE, kind);
    let request = request.header("Prefer", "respond-async");
    service.send(request.body(body.into()).expect("a request")).await
}

const LATIN: &[u8] = b"Email\nzo\xEB@school.example\n";

#[tokio::test]
async fn a_workbook_is_told_how_to_become_csv_by_its_media_type_alone() {
    let service = Service::start(10).await;
    for (kind, parts) in [
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ["an Excel workbook (.xlsx)", "Save As, \"CSV UTF-8"],
        ),
        ("application/vnd.ms-excel", ["(.xls)", "If it is CSV already, send it as text/csv"]),
        ("application/vnd.oasis.opendocument.spreadsheet", ["(.ods)", "LibreOffice"]),
        ("image/svg+xml", ["a picture", "in a column called Email"]),
        ("text/markdown", ["which is not taken here", "text/csv (a file)"]),
    ] {
        let answer = upload(&service, kind, "x").await;
        answer.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
        let said = format!("{} {}", answer.text("detail"), answer.text("hint"));
        assert!(
            said.contains(&kind[..kind.len().min(50)]) && parts.iter().all(|part| said.contains(part)),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_file_is_taken_by_the_names_that_programs_give_it() {
    let service = Service::start(10).await;
    for (kind, separator) in [("text/tab-separated-values", "\t"), ("application/octet-stream", ";")] {
        let file = format!("Name{separator}Email\nAda{separator}ada@school.example\n");
        let answer = upload(&service, kind, file).await;
        assert_eq!((answer.status, answer.body["rows"].as_u64()), (StatusCode::OK, Some(1)), "{kind}");
    }
}

#[tokio::test]
async fn a_file_is_read_as_it_says_and_told_where_it_is_something_else() {
    let service = Service::start(10).await;
    for (kind, encoding, note) in [
        ("text/csv; charset=iso-8859-1", "windows-1252", None),
        ("text/csv; header=present; Charset=\"Windows-1250\"", "windows-1250", None),
        ("text/csv;charset=utf-8", "windows-1252", Some("charset=utf-8, which the file is not")),
        ("text/csv", "windows-1252", Some("The file is not UTF-8")),
    ] {
        let read = upload(&service, kind, LATIN).await;
        assert_eq!(
            (read.status, &read.body["format"]["encoding"]),
            (StatusCode::OK, &json!(encoding)),
            "{kind}"
        );
        let said = read.body["format"]["note"].as_str();
        assert_eq!(said.is_some(), note.is_some(), "{kind}: {said:?}");
        assert!(said.unwrap_or_default().contains(note.unwrap_or_default()), "{kind}: {said:?}");
    }
    let wide: Vec<u8> =
        "\u{FEFF}Email\nmia@school.example\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let read = upload(&service, "text/csv; charset=utf-16", wide).await;
    assert_eq!(
        (&read.body["format"]["encoding"], &read.body["format"]["note"]),
        (&json!("UTF-16BE"), &json!(null))
    );
    let unknown = upload(&service, "text/csv; charset=gb2312", LATIN).await;
    unknown.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    let said = format!("{} {}", unknown.text("detail"), unknown.text("hint"));
    assert!(
        said.contains("\"gb2312\"") && said.contains("Without a charset") && said.contains("utf-16"),
        "{said}"
    );
}

#[tokio::test]
async fn a_file_in_a_form_is_read_as_its_part_says() {
    let service = Service::start(10).await;
    let form = |charset: &str| {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"class.csv\"\r\nContent-Type: \
             text/csv{charset}\r\n\r\n"
        );
        [head.as_bytes(), LATIN, b"\r\n--x--\r\n"].concat()
    };
    let read = upload(&service, "multipart/form-data; boundary=x", form("; charset=windows-1250")).await;
    assert_eq!(read.body["format"]["encoding"], "windows-1250", "{}", read.body);
    let unknown = upload(&service, "multipart/form-data; boundary=x", form("; charset=klingon")).await;
    unknown.refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_another_process_goes_on_with_is_read_the_same() {
    let service = Service::start(100_000).await;
    // Of these bytes nothing but the upload's own word tells that they are Polish.
    let row = |n: u32| [format!("p{n}").as_bytes(), b"\xB9@school.example\n"].concat();
    let file: Vec<u8> = b"Email\n".iter().copied().chain((0..40_000).flat_map(row)).collect();
    let first = upload(&service, "text/csv; charset=windows-1250", file).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    let service = service.restarted().await;
    let state = service.state.clone();
    let keeping = tokio::spawn(async move { state.keep_going(Duration::from_millis(50)).await });
    let import = format!("{IMPORTS}/{}", first.text("import_id"));
    while service.get(&import, None).await.text("phase") != "completed" {
        sleep(Duration::from_millis(20)).await;
    }
    service.state.caught_up().await;
    let last = service.get("/api/v1/licenses/{L}/users?search=p39999%C4%85", None).await;
    assert_eq!(last.people(), ["p39999ą@school.example accepted"]);
    keeping.abort();
}

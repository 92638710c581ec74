//! What followers see when listing works, fails, and works again.

use super::*;

#[tokio::test(start_paused = true)]
async fn u14_a_failed_listing_keeps_what_was_known_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("releases");
    std::fs::create_dir_all(place.join("docker-scs-1-30-v1")).unwrap();
    std::fs::create_dir_all(place.join("something-else")).unwrap();
    let source = Source::new(
        SourceSpec::Local {
            path: place.clone(),
        },
        Access::default(),
    )
    .unwrap();
    let mut listing = Pollers::default().follow(&source, Duration::from_mins(5));

    listing.changed().await.unwrap();
    let known = listing.borrow_and_update().tags.clone().unwrap();
    assert_eq!((known.releases.len(), known.foreign), (1, 1));

    std::fs::remove_dir_all(&place).unwrap();
    listing.changed().await.unwrap();
    let failed = listing.borrow_and_update().clone();
    assert_eq!(failed.error.unwrap().category(), "DiskFailed");
    assert_eq!(failed.tags, Some(known), "a failure is no empty list");

    std::fs::create_dir_all(&place).unwrap();
    listing.changed().await.unwrap();
    let empty = listing.borrow().clone();
    assert!(empty.error.is_none() && empty.tags.unwrap().releases.is_empty());
}

#[tokio::test(start_paused = true)]
async fn all_who_follow_a_source_share_one_poller() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::new(
        SourceSpec::Local {
            path: folder.path().to_owned(),
        },
        Access::default(),
    )
    .unwrap();
    let pollers = Pollers::default();
    let mut first = pollers.follow(&source, Duration::from_hours(1));
    first.changed().await.unwrap();
    let second = pollers.follow(&source.clone(), Duration::from_mins(1));
    assert!(first.same_channel(&second));
}

#[tokio::test(start_paused = true)]
async fn a_poller_leaves_when_the_last_follower_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let source = Source::new(SourceSpec::Local { path }, Access::default()).unwrap();
    let pollers = Pollers::default();
    for _ in 0..2 {
        let mut listing = pollers.follow(&source, Duration::from_hours(1));
        listing.changed().await.unwrap();
        drop(listing);
        while !pollers.lock().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

//! Cluster API as it is by default, without its feature `RuntimeSDK`: no hook is ever asked, so nothing is held back; the
//! add-ons follow all the same. The Cluster is written in the old shape, and its class lies in another namespace.

use super::site::{DEADLINE, Site};
use super::stacks::{around_the_rollout, kubernetes};
use cso_testing::cluster_api::TopologyCluster;
use cso_testing::{Options, TestBed};

const FIRST: &str = "dev-calm-1-34-v1";
const SECOND: &str = "dev-calm-1-35-v1";

#[tokio::test(flavor = "multi_thread")]
async fn without_hooks_a_cluster_of_the_old_shape_with_a_class_elsewhere_has_its_add_ons_upgraded()
{
    let options = Options::default()
        .cluster_api_managers()
        .without_runtime_sdk();
    let bed = TestBed::start(options.definitions(cso_api::crds()))
        .await
        .unwrap();
    // It ends with the process, like the shared one.
    let bed: &'static TestBed = Box::leak(Box::new(bed));
    let mut site = Site::on(bed, "classes").await;
    let home = bed.namespace("clusters").await.unwrap();
    home.name().clone_into(&mut site.home);
    let classes = site.world.namespace.clone();
    for tag in [FIRST, SECOND] {
        site.world
            .publish(&around_the_rollout(&classes, tag, &[]))
            .await;
    }
    let _operator = site.operator(&["--namespace=", "--leader-elect=false"]);
    site.want(&[FIRST]).await;
    let cluster = TopologyCluster::new(&site.home, "c1", FIRST, &kubernetes(FIRST));
    let cluster = site.made(cluster.class_namespace(&classes).v1beta1()).await;
    site.applied("c1", FIRST).await;
    cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();

    site.want(&[SECOND]).await;
    site.move_to(&cluster, SECOND).await;
    site.applied("c1", SECOND).await;
    let seen = cluster
        .condition("TopologyReconciled", DEADLINE)
        .await
        .unwrap();
    assert_eq!(site.control_plane(&seen).await, kubernetes(SECOND));
    for map in ["cni", "late"] {
        assert_eq!(site.told(map).await.unwrap()["release"], SECOND);
    }
}

//! A pass over a release: observe, plan, execute, conclude.

mod observe;

use std::sync::Arc;

use cso_api::ClusterStackRelease;
use cso_core::cluster_stack_release::{conclude, plan};
use cso_core::retry::Retry;

use super::pass::{Pass, Step};
use super::{Next, RELEASE};
use crate::context::Context;
use crate::execute::execute;

pub(crate) async fn reconcile(release: Arc<ClusterStackRelease>, context: Arc<Context>) -> Next {
    let pass = Pass::begin(&context, RELEASE, release.as_ref());
    context.stores.filled().await;
    let release = match pass.fresh(release).await {
        Ok(Some(release)) => release,
        Ok(None) => return Ok(pass.end(Retry::OnChange)),
        Err(failure) => return Ok(pass.failed(&failure)),
    };
    pass.rounds(release, |release| round(&context, &pass, release))
        .await
}

async fn round(
    context: &Context,
    pass: &Pass<'_>,
    release: Arc<ClusterStackRelease>,
) -> Step<ClusterStackRelease> {
    let observed = match observe::observe(context, &release).await {
        Ok(observed) => observed,
        Err(failure) => return Step::End(pass.failed(&failure)),
    };
    let plan = plan(&observed);
    if let Some(step) = pass.tell_first(&release, &plan).await {
        return step;
    }
    let executed = execute(context, &pass.key().0, plan).await;
    context.memory.learn(pass.key(), &executed);
    executed
        .failures()
        .for_each(|(_, failure)| pass.count(failure));
    pass.conclude(release, conclude(&observed, &executed), &executed)
        .await
}

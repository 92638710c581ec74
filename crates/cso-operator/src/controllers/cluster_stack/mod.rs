//! A pass over a stack: observe, plan, execute, conclude.

mod observe;

use std::sync::Arc;

use cso_api::ClusterStack;
use cso_core::cluster_stack::{conclude, plan};
use cso_core::retry::Retry;

use super::pass::{Pass, Step};
use super::{Next, STACK};
use crate::context::Context;
use crate::execute::execute;

pub(crate) async fn reconcile(stack: Arc<ClusterStack>, context: Arc<Context>) -> Next {
    let pass = Pass::begin(&context, STACK, stack.as_ref());
    context.stores.filled().await;
    let stack = match pass.fresh(stack).await {
        Ok(Some(stack)) => stack,
        Ok(None) => return Ok(pass.end(Retry::OnChange)),
        Err(failure) => return Ok(pass.failed(&failure)),
    };
    pass.rounds(stack, |stack| round(&context, &pass, stack))
        .await
}

async fn round(context: &Context, pass: &Pass<'_>, stack: Arc<ClusterStack>) -> Step<ClusterStack> {
    let observed = observe::observe(context, &stack).await;
    let plan = plan(&observed);
    if let Some(step) = pass.tell_first(&stack, &plan).await {
        return step;
    }
    let executed = execute(context, &pass.key().0, plan).await;
    executed
        .failures()
        .for_each(|(_, failure)| pass.count(failure));
    pass.conclude(stack, conclude(&observed, &executed), &executed)
        .await
}

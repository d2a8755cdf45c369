using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace P2P.Dashboard.Api;

/// <summary>When work for a request must end.</summary>
internal static class RequestEnd
{
    /// <summary>
    /// Cancelled when the browser goes or the application stops. A web server that stops waits for its requests, by default 30 s, and an open editor
    /// is one; in an application of somebody else nobody disposes the dashboard before.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="also">Ends it too.</param>
    public static CancellationTokenSource Of(HttpContext context, CancellationToken also = default) => CancellationTokenSource.CreateLinkedTokenSource(
        context.RequestAborted, also, context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None);
}
